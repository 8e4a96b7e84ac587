/* Talking to the server, and remembering things on this phone (which may refuse to). */
"use strict";
var token = "";
var state = null;
var helper = false;

function remembered(name) {
  try { return window.localStorage.getItem("citytwin." + name) || ""; } catch (error) { return ""; }
}

function remember(name, value) {
  try {
    if (value) window.localStorage.setItem("citytwin." + name, value);
    else window.localStorage.removeItem("citytwin." + name);
  } catch (error) { /* a phone that stores nothing goes on without */ }
}

/* Ask the server; the answer is an object, or an Error that can be shown. */
function ask(method, path, body) {
  var options = { method: method, headers: {}, cache: "no-store" };
  if (token) options.headers.Authorization = "Bearer " + token;
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  return fetch(path, options).then(function (response) {
    return response.json().catch(function () { return {}; }).then(function (answer) {
      if (response.ok) return answer;
      var error = new Error(answer.error || response.statusText);
      error.status = response.status;
      if (response.status === 429) error = new Error(say("tooOften"));
      else error.message = say("failed", { why: error.message });
      error.status = response.status;
      throw error;
    });
  }, function () {
    var error = new Error(say("offline"));
    error.status = 0;
    throw error;
  });
}

var statusTimer = 0;

/* Say something, for eyes and for screen readers. */
function tell(text, isBad) {
  var place = document.getElementById("status");
  place.textContent = "";
  var line = document.createElement("p");
  line.textContent = text;
  if (isBad) line.className = "bad";
  place.appendChild(line);
  clearTimeout(statusTimer);
  statusTimer = setTimeout(function () { place.textContent = ""; }, 8000);
}

function tellError(error) { tell(error.message, true); }

var socket = null;
var waitMs = 500;

/* Hear of changes as they happen; where the socket does not hold, ask every few seconds instead. */
function listen() {
  var address = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/api/live";
  try { socket = new WebSocket(address); } catch (error) { setTimeout(poll, 4000); return; }
  socket.onopen = function () { socket.send(token); };
  socket.onmessage = function (message) {
    waitMs = 500;
    showOffline(false);
    take(JSON.parse(message.data).state);
  };
  socket.onclose = function (event) {
    if (event.code === 1001) { tell(say("ended")); }
    showOffline(true);
    waitMs = Math.min(waitMs * 2, 15000);
    setTimeout(poll, waitMs * (0.5 + Math.random()));
  };
}

function poll() {
  ask("GET", "/api/state").then(function (fresh) {
    showOffline(false);
    take(fresh);
    listen();
  }, function (error) {
    if (error.status === 401) { leave(); return; }
    waitMs = Math.min(waitMs * 2, 15000);
    setTimeout(poll, waitMs);
  });
}

function showOffline(isOffline) { document.getElementById("offline").hidden = !isOffline; }

/* Keep a receipt: `citytwin verify --receipt` reads it. */
function keepReceipt(name, receipt) {
  if (!receipt || helper) return;
  var kept = receipts();
  kept[name] = receipt;
  remember("receipts", JSON.stringify(kept));
}

function receipts() {
  try { return JSON.parse(remembered("receipts") || "{}"); } catch (error) { return {}; }
}

function saveReceipt(name) {
  var receipt = receipts()[name];
  if (!receipt) return;
  var link = document.createElement("a");
  link.href = "data:application/json;charset=utf-8," + encodeURIComponent(JSON.stringify(receipt, null, 1));
  link.download = "receipt-" + name.replace(/[^a-z0-9-]+/gi, "-") + ".json";
  document.body.appendChild(link);
  link.click();
  link.remove();
}
