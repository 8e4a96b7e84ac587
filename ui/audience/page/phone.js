/* The page itself: join, show what is going on, and keep the tabs. */
"use strict";
var currentTab = "";
var TABS = ["now", "places", "comments", "mine"];

function showTab(tab) {
  currentTab = tab;
  ["join", "write"].concat(TABS).forEach(function (id) { document.getElementById(id).hidden = id !== tab; });
  document.querySelectorAll("#tabs button").forEach(function (one) {
    if (one.getAttribute("data-tab") === tab) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  });
  document.getElementById("tabs").hidden = tab === "join";
  if (tab === "places") { showFinder(); showViewer(); }
  if (tab === "comments") loadComments(false);
  if (tab === "mine") showMine();
  if (tab === "write") showWriting();
  else if (tab !== "join") document.getElementById("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/* Take what the server says is going on. */
function take(fresh) {
  var old = state;
  state = fresh;
  document.getElementById("title").textContent = fresh.title;
  document.title = fresh.title;
  document.getElementById("rehearsal").hidden = !fresh.is_rehearsal;
  var isOtherSlide = !old || JSON.stringify(old.slide) !== JSON.stringify(fresh.slide);
  if (isOtherSlide) { showSlide(); if (currentTab === "places" && sight === "slide") showViewer(); }
  if (!old || JSON.stringify(old.polls) !== JSON.stringify(fresh.polls)) showPolls();
  if (!old || JSON.stringify(old.calls) !== JSON.stringify(fresh.calls)) showCalls();
  if (old && currentTab === "comments" && old.comments !== fresh.comments) loadComments(false);
  if (currentTab === "mine" && old && old.version !== fresh.version) showMine();
}

function showSlide() {
  var slide = state.slide, parts = [];
  if (chosen(slide.title)) parts.push(make("h3", { text: chosen(slide.title) }));
  if (!slide.is_black) parts.push(tappablePicture("slide", slide.version, slideDescription()));
  if (chosen(slide.text)) parts.push(make("p", { text: chosen(slide.text) }));
  if (!slide.is_black) parts.push(make("p", { "class": "soft", text: say("tapHint") }));
  if (state.attribution) parts.push(make("p", { "class": "soft", text: state.attribution }));
  fill(document.getElementById("slide"), parts);
}

function showCalls() {
  fill(document.getElementById("calls"), state.calls.map(function (call) {
    return make("article", { "class": "card" }, [
      make("h3", { text: say("call") }), make("p", { text: chosen(call.brief) }), make("p", { "class": "soft", text: chosen(call.criteria) }),
      call.deadline ? make("p", { "class": "soft", text: say("deadline", { when: call.deadline }) }) : null,
      button("sendIdea", function () { writeComment({ type: "project" }, { call: call.id, kind: "idea" }); }, { id: "call-" + call.id }),
    ]);
  }));
  fill(document.getElementById("facilities"), state.facilities.length ? [make("article", { "class": "card" }, [
    make("h3", { text: say("rateTitle") }),
  ].concat(state.facilities.map(function (facility) {
    return make("div", { "class": "row" }, [make("span", { text: facility.name }), button("rate", function () {
      writeComment({ type: "point", lonlat: facility.lonlat, name: facility.name }, { rating: facility.id });
    }, { "aria-label": say("rate") + ": " + facility.name, id: "rate-" + facility.id })]);
  })))] : []);
}

/* Join, with the code that the address brought along if it did. */
function join(code) {
  return ask("POST", "/api/join", { code: code, token: remembered("token") }).then(function (answer) {
    token = answer.token;
    remember("token", token);
    return enter();
  }, function (error) {
    leave();
    if (code) tell(error.status === 403 ? say("wrongCode") : error.message, true);
  });
}

function enter() {
  return ask("GET", "/api/state").then(function (fresh) {
    return ask("GET", "/api/mine").then(function (own) {
      ownVotes = own.votes;
      take(fresh);
      showTab("now");
      listen();
    });
  }).catch(tellError);
}

function leave() {
  token = "";
  showTab("join");
  document.getElementById("code").focus();
}

function chooseLanguage() {
  var box = document.getElementById("language");
  fill(box, LANGUAGES.map(function (one) { return make("option", { value: one, text: WORDS[one].name, lang: one }); }));
  box.value = language;
  box.onchange = function () {
    language = box.value;
    remember("language", language);
    document.documentElement.lang = language;
    writeWords();
    if (!state) return;
    showSlide(); showPolls(); showCalls();
    if (currentTab !== "write") showTab(currentTab); else showWriting();
  };
}

function begin() {
  settleLanguage();
  chooseLanguage();
  writeWords();
  helper = remembered("helper") === "1";
  document.querySelectorAll("#tabs button").forEach(function (one) {
    one.addEventListener("click", function () { showTab(one.getAttribute("data-tab")); });
  });
  var code = (/[?&]c=([^&]+)/.exec(location.search) || [])[1] || "";
  document.getElementById("code").value = decodeURIComponent(code);
  document.getElementById("join-form").addEventListener("submit", function (event) {
    event.preventDefault();
    join(document.getElementById("code").value);
  });
  if (remembered("token")) join(decodeURIComponent(code)); else leave();
}

begin();
