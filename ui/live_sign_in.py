"""User and password for live data: kept in memory, and in this computer's keyring if wished; never in a project."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from data.feeds.address import SERVICE, Secret, split_secret
from ui import live_words as words
from ui.plain import fit_dialog, label, named


class SignInForm(QWidget):
    """User, password, and whether they are kept in the keyring."""

    def __init__(self) -> None:
        """Ask for nothing yet."""
        super().__init__()
        self.user, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep = QCheckBox(words.KEEP_SIGNED_IN)
        self.keep.setVisible(has_keyring())
        named(self.user, words.USER)
        named(self.password, words.PASSWORD)
        form = QFormLayout()
        form.addRow(words.USER, self.user)
        form.addRow(words.PASSWORD, self.password)
        form.addRow("", self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(words.SIGN_IN_LINE, "quiet", wraps=True))
        column.addLayout(form)
        column.addStretch(1)

    def signed(self, url: str) -> str:
        """Return an address with the user and password that were typed; they are kept if that is wished."""
        if not self.password.text():
            return url
        return with_user(url, self.user.text().strip(), self.password.text())

    def keep_if_wished(self, url: str) -> None:
        """Keep the password in the keyring."""
        if self.keep.isChecked() and self.password.text():
            import keyring  # noqa: PLC0415  an extra; the box is shown only where it is there

            host, user = urlsplit(split_secret(url)[0]).hostname or "", self.user.text().strip()
            keyring.set_password(SERVICE, f"{user}@{host}" if user else host, self.password.text())


class SignIn(QDialog):
    """Asks for the password of one feed."""

    def __init__(self, name: str, url: str, parent: QWidget | None) -> None:
        """Ask."""
        super().__init__(parent)
        self.setWindowTitle(words.sign_in_to(name))
        self.form = SignInForm()
        self.form.user.setText(urlsplit(url).username or "")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.form)
        column.addWidget(buttons)
        (self.form.password if self.form.user.text() else self.form.user).setFocus()
        fit_dialog(self, chars=52, lines=12)

    def secret(self) -> Secret:
        """Return what was typed."""
        return Secret(self.form.user.text().strip(), self.form.password.text())


def with_user(url: str, user: str, password: str) -> str:
    """Return an address with a user and password in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    made = urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
    return made + "#" if url.endswith("#") and not made.endswith("#") else made


def has_keyring() -> bool:
    """Return whether this computer has a keyring that secrets can be put into."""
    try:
        import keyring  # noqa: PLC0415  an extra
        from keyring.backends import fail  # noqa: PLC0415

        return not isinstance(keyring.get_keyring(), fail.Keyring)
    except (ImportError, RuntimeError):
        return False
