"""What console, story desk and the check of the hall say to the operator."""

from __future__ import annotations

CONSOLE = "Console"
STORY = "Story"
NO_STORY = "There is no slide yet. Look at what you want to show, then record it as a slide."
NOTHING_OPEN = "Open a city first."
RECORD = "Record this view"
RECORD_TIP = "Keep camera, layers, time and scenario as a new slide"
RECORD_AGAIN = "Use this view"
RECORD_AGAIN_TIP = "Give the chosen slide the view on screen"
SHOW_VIEW = "Look at it"
SHOW_VIEW_TIP = "Bring the slide's view to this window; the hall sees nothing of it"
UP, DOWN, REMOVE = "Earlier", "Later", "Remove the slide"
TITLE, TEXT, DESCRIPTION, NOTES = "Title", "Text", "Description", "Presenter's notes"
LANGUAGE = "Language of these words"
LANGUAGES = "Languages of the meeting"
PICTURE, NO_PICTURE, CHOOSE_PICTURE = "Picture", "No picture", "Choose a picture…"
PICTURE_FILTER = "Pictures (*.png *.jpg *.jpeg *.webp)"
PROPOSE = "Propose a description"
PROPOSE_TIP = "Write what the layers and their figures say, to be edited"
PRESENT = "Present"
PRESENT_TIP = "Show the story to the hall (F5)"
UNTITLED = "Untitled slide"
WITHHELD = "Layers for the hall"
WITHHELD_TIP = "A layer without its tick is never shown to the hall, whatever a slide says"

NOW, NEXT = "On the projector", "Next"
NOTHING_SHOWN, LAST_SLIDE = "nothing", "This was the last slide."
BACK_ACT, NEXT_ACT = "Back", "Next"
BLACK, FREEZE, POINTER, LEGEND = "Black", "Freeze", "Pointer", "Legend"
CODES_LARGE, CODES_SMALL = "Show the codes", "Codes in the corner"
PREVIEW = "Preview"
PREVIEW_TIP = "Look at it in this window first; the hall sees nothing of it"
TO_HALL = "Show to the hall"
TO_SCENARIO = "Make it a scenario"
TO_SCENARIO_TIP = "A new scenario with its words and what it drew; nothing in it says who wrote it"


def made_scenario(name: str) -> str:
    """Say that a comment became a scenario."""
    return f'The scenario "{name}" was made of it. Draw on in Tools, Scenarios.'


THEME, THEME_SLIDE, THEME_LIGHT, THEME_DARK = "Colours", "As the slide", "Dark on light", "Light on dark"
TEXT_SIZE = "Text size in the hall"
HALL_LANGUAGE = "Language in the hall"
TIMER, TIMER_START, TIMER_STOP, TIMER_SHOW = "Timer", "Start", "Stop", "On the projector"
MINUTES = " min"
COPY_NAME = "What the hall sees; with the pointer on, move it here"
SLIDES, COMMENTS, POLLS, HALL = "Slides", "Comments", "Polls", "Hall"
ONE_SCREEN = (
    "There is one screen. If the projector mirrors it, the hall sees this console: its picture is frozen while the "
    "console is open. Moderate on a second device, or confirm that nobody else sees this screen."
)
ALONE = "Nobody else sees this screen"
NOT_RUNNING = "No meeting is running. Start it with File > Start meeting."
QUEUE_STATES = (("held", "Waiting"), ("accepted", "Accepted"), ("rejected", "Rejected"), ("", "All"))
ACCEPT, REJECT, MERGE, REDACT, PIN, UNPIN = "Accept", "Reject…", "Merge into…", "Redact…", "Pin", "Unpin"
REASON = "Reason (it goes into the public record)"
NEW_TEXT = "What may stay of the text"
MERGE_INTO = "Merge into this accepted comment"
MORE = "Show more"
OPEN_POLL, CLOSE_POLL, SHOW_POLL, HIDE_POLL = "Open", "Close", "Show to the hall", "Take away"
HANDS, HANDS_TITLE = "Count hands…", "Hands counted"
HANDS_LABEL = "Part of the hall"
NEW_POLL = "New poll…"
INVITE, SLIPS, FORMS = "Invite…", "Print slips…", "Print forms…"
END_MEETING = "End the meeting"
MEETING_ENDED = "The meeting has ended. Its record is in the project's folder."
STARTING = "starting the meeting"
SAVE_FIRST = "The meeting's record is kept in the project's folder. Save the project first."
START_TITLE = "Check the hall"
START = "Start the server"
NETWORK, WIFI_NAME, WIFI_PASSWORD = "Network for the phones", "Name of the Wi-Fi", "Its password"
WIFI_TIP = "Shown as a code on the projector; leave the name empty where everybody is in the network already"
REHEARSAL = "Rehearsal: into a record of its own, with a watermark"
MODERATED = "Comments wait until a moderator accepts them"
STEP_WIFI, STEP_PAGE = "1. Join the Wi-Fi", "2. Open the page"
WAITING_FOR_PHONE = "Waiting for the first phone: scan both codes with one of yours."
PHONE_SEEN = "A phone has opened the page and joined. The network carries the meeting."
DONE = "Begin"
NO_INTERNET_TITLE = "A network without internet"
NO_INTERNET = (
    "The hall needs a Wi-Fi router and no internet. A phone may then say “no internet, stay connected?”: "
    "people choose “stay” or “use anyway”. If a phone leaves the Wi-Fi by itself, switch its mobile "
    "data off for the evening. A page that opens by itself (“sign in to the network”) can be closed; the "
    "second code opens the meeting's page."
)
ISOLATION = (
    "If no phone gets through although it is in the Wi-Fi: the router may keep devices apart. The setting is called "
    "client isolation, AP isolation or guest network; switch it off, or use the main network instead of the guest's."
)


def slide_line(number: int, title: str) -> str:
    """Return a slide in a list."""
    return f"{number}. {title or UNTITLED}"


def gap_line(number: int, part: str, language: str) -> str:
    """Return which words are missing."""
    return f"Slide {number} has no {part} in {language}."


def gaps_said(count: int) -> str:
    """Return how many words are missing."""
    return "No words are missing." if not count else f"{count} texts are missing"


def status(phones: int, held: int, comments: int) -> str:
    """Return the meeting at a glance."""
    waiting = f"{held} waiting" if held else "none waiting"
    return f"{phones} phones · {comments} comments, {waiting}"


def left_out(name: str, why: str) -> str:
    """Return what the hall does not see."""
    return f"The hall sees {name} differently: {why}."


def comment_head(kind: str, state: str, support: int, flags: int, source: str) -> str:
    """Return the first line of a comment in the queue."""
    parts = [kind, state, source]
    parts += [f"{support} support it"] if support else []
    parts += [f"flagged {flags} times"] if flags > 1 else ["flagged"] if flags else []
    return " · ".join(parts)


def more_comments(shown: int, total: int) -> str:
    """Return how many comments are listed."""
    return f"{shown:,} of {total:,}"


INVITE_ROLE = "Which role?"
SLIPS_COUNT = "How many slips? One for each person who comes in."


def invited(role: str) -> str:
    """Return what to do with an invitation."""
    return (
        f"Open the address on the second device, in the same network, and type the token: it lets its holder act as "
        f"{role} for twelve hours. It is shown this once."
    )


def printed(path: str) -> str:
    """Return where a sheet went."""
    return f"Written for printing: {path}"
