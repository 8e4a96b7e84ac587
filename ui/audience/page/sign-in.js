/* Trades the token of an invitation for a cookie. A token after "#" in the address is taken by itself and not sent. */
"use strict";
function signIn(token) {
  fetch("/api/operator/sign-in", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: token.trim() }),
  }).then(function (response) {
    if (response.ok) { location.replace("/operator"); return null; }
    return response.json().then(function (answer) {
      var line = document.createElement("p");
      line.className = "bad";
      line.textContent = answer.error;
      document.getElementById("status").replaceChildren(line);
    });
  });
}
document.getElementById("sign-in").addEventListener("submit", function (event) {
  event.preventDefault();
  signIn(document.getElementById("token").value);
});
if (location.hash.length > 1) signIn(decodeURIComponent(location.hash.slice(1)));
