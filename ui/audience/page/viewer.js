/* Looking at the city: the slide, views and a map that zooms; a tap becomes a place. */
"use strict";
var sight = "slide";
var shape = "point";
var corners = [];
var planView = { zoom: 1, x: 0, y: 0 };

function pictureAddress(id, version) {
  var width = Math.min(1920, Math.ceil(Math.min(window.innerWidth, 740) * (window.devicePixelRatio || 1)));
  return "/api/pictures/" + id + "?w=" + width + "&v=" + version + "&t=" + encodeURIComponent(token);
}

/* Return a picture that can be tapped; with a keyboard, the list below it does the same. */
function tappablePicture(id, version, description) {
  var image = make("img", { "class": "picture", src: pictureAddress(id, version), alt: description, width: 960, height: 540 });
  image.style.height = "auto";
  var frame = make("div", { "class": "tappable", onclick: function (event) {
    var box = image.getBoundingClientRect();
    tapped(id, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  } }, [image]);
  return frame;
}

function tapped(id, x, y) {
  if (x < 0 || x > 1 || y < 0 || y > 1) return;
  ask("POST", "/api/tap", { sight: id, x: x, y: y }).then(function (answer) {
    if (shape === "point") { writeComment(answer.place); return; }
    corners.push(answer.place.lonlat);
    showViewer();
  }, function (error) { tell(error.status === 404 ? say("sky") : error.message, true); });
}

function showViewer() {
  if (!state) return;
  var options = [["slide", say("slideView")], ["plan", say("plan")]].concat(state.views.map(function (view) {
    return [view.id, chosen(view.title)];
  }));
  var chooser = select(options, { id: "sight", onchange: function () { sight = chooser.value; showViewer(); } });
  chooser.value = sight;
  if (chooser.selectedIndex < 0) { sight = chooser.value = "slide"; }
  fill(document.getElementById("viewer"), [
    field(say("lookAt"), chooser), shapes(), drawingRow(), make("p", { "class": "soft", text: say("tapHint") }),
    sight === "plan" ? plan() : framed(sight),
  ]);
}

function framed(id) {
  if (id === "slide") return tappablePicture("slide", state.slide.version, slideDescription());
  var view = state.views.filter(function (one) { return one.id === id; })[0];
  return tappablePicture(id, view.version, chosen(view.description) || chosen(view.title));
}

function slideDescription() {
  return chosen(state.slide.description) || chosen(state.slide.title) || say("slideView");
}

function shapes() {
  return make("div", { "class": "row", role: "group" }, ["point", "line", "area"].map(function (one) {
    return button(one, function () { shape = one; corners = []; showViewer(); }, { "aria-pressed": String(shape === one), id: "shape-" + one });
  }));
}

function drawingRow() {
  if (shape === "point") return null;
  var least = shape === "line" ? 2 : 3;
  return make("div", { "class": "row" }, [
    make("span", { text: say("drawing", { n: corners.length }) }),
    button("done", function () {
      var place = { type: shape, lonlat: corners };
      corners = [];
      writeComment(place);
    }, { disabled: corners.length < least }),
    button("again", function () { corners = []; showViewer(); }, { disabled: !corners.length }),
  ]);
}

/* The map: squares of pictures, dragged with one finger, zoomed with two, the wheel or the buttons. */
function plan() {
  var frame = make("div", { "class": "plan", role: "img", "aria-label": say("plan"), id: "plan" });
  var pointers = {}, moved = false, before = null;
  function side() { return frame.clientWidth || 320; }
  function clamp() {
    var most = Math.pow(2, state.plan.zoom_most);
    planView.zoom = Math.max(1, Math.min(most, planView.zoom));
    var room = 1 - 1 / planView.zoom;
    planView.x = Math.max(0, Math.min(room, planView.x));
    planView.y = Math.max(0, Math.min(room, planView.y));
  }
  function draw() {
    clamp();
    var level = Math.min(state.plan.zoom_most, Math.max(0, Math.ceil(Math.log2(planView.zoom * side() / 512))));
    var count = Math.pow(2, level), size = side() * planView.zoom / count, wanted = {};
    for (var column = 0; column < count; column++) for (var row = 0; row < count; row++) {
      var left = column * size - planView.x * side() * planView.zoom, top = row * size - planView.y * side() * planView.zoom;
      if (left > side() || top > side() || left + size < 0 || top + size < 0) continue;
      wanted[level + "/" + column + "/" + row] = [left, top, size];
    }
    Array.prototype.slice.call(frame.querySelectorAll("img")).forEach(function (image) {
      if (!wanted[image.getAttribute("data-tile")]) image.remove();
    });
    Object.keys(wanted).forEach(function (tile) {
      var image = frame.querySelector('img[data-tile="' + tile + '"]');
      if (!image) {
        image = make("img", { alt: "", draggable: "false", "data-tile": tile, src: "/api/plan/" + tile + "?v=1&t=" + encodeURIComponent(token) });
        frame.appendChild(image);
      }
      var place = wanted[tile];
      image.style.left = place[0] + "px"; image.style.top = place[1] + "px";
      image.style.width = image.style.height = Math.ceil(place[2]) + "px";
    });
  }
  function zoom(factor, atX, atY) {
    var x = planView.x + atX / planView.zoom, y = planView.y + atY / planView.zoom;
    planView.zoom *= factor; clamp();
    planView.x = x - atX / planView.zoom; planView.y = y - atY / planView.zoom;
    draw();
  }
  function spread() {
    var ids = Object.keys(pointers), a = pointers[ids[0]], b = pointers[ids[1]];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  }
  frame.addEventListener("pointerdown", function (event) {
    pointers[event.pointerId] = { x: event.clientX, y: event.clientY };
    frame.setPointerCapture(event.pointerId);
    before = spread();
    moved = Object.keys(pointers).length > 1;
  });
  frame.addEventListener("pointermove", function (event) {
    var pointer = pointers[event.pointerId];
    if (!pointer) return;
    var dx = event.clientX - pointer.x, dy = event.clientY - pointer.y, box = frame.getBoundingClientRect();
    if (Object.keys(pointers).length === 1) {
      if (!moved && Math.hypot(dx, dy) < 6) return;
      moved = true;
      planView.x -= dx / side() / planView.zoom; planView.y -= dy / side() / planView.zoom;
    }
    pointers[event.pointerId] = { x: event.clientX, y: event.clientY };
    var now = spread();
    if (now && before) zoom(now / before, (event.clientX - box.left) / side(), (event.clientY - box.top) / side());
    before = now;
    draw();
  });
  function end(event) {
    var was = pointers[event.pointerId];
    delete pointers[event.pointerId];
    if (!was || moved || event.type !== "pointerup") return;
    var box = frame.getBoundingClientRect();
    tapped("plan", planView.x + (event.clientX - box.left) / side() / planView.zoom, planView.y + (event.clientY - box.top) / side() / planView.zoom);
  }
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  frame.addEventListener("wheel", function (event) {
    event.preventDefault();
    var box = frame.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, (event.clientX - box.left) / side(), (event.clientY - box.top) / side());
  }, { passive: false });
  setTimeout(draw, 0);
  return make("div", {}, [frame, make("div", { "class": "row" }, [
    button("zoomIn", function () { zoom(1.6, .5, .5); }, { id: "plan-in" }),
    button("zoomOut", function () { zoom(.625, .5, .5); }, { id: "plan-out" }),
  ])]);
}

/* The list: a place by its name, for every map there is. */
function showFinder() {
  var box = make("input", { type: "search", id: "find", autocomplete: "off" });
  var found = make("ul", { "class": "plain", id: "found" });
  var form = make("form", { role: "search", onsubmit: function (event) {
    event.preventDefault();
    ask("GET", "/api/search?q=" + encodeURIComponent(box.value)).then(function (answer) {
      fill(found, answer.found.length ? answer.found.map(foundPlace) : [make("li", { text: say("nothingFound") })]);
      if (!answer.found.length) tell(say("nothingFound"));
    }, tellError);
  } }, [field(say("find"), box), make("button", { text: say("search") })]);
  fill(document.getElementById("finder"), [form, found, make("div", { "class": "row" }, [
    button("wholeProject", function () { writeComment({ type: "project" }); }, { id: "whole-project" }),
  ])]);
}

function foundPlace(result) {
  return make("li", { "class": "card" }, [
    make("div", { text: result.name }), make("div", { "class": "soft", text: result.where || "" }),
    button("commentHere", function () { writeComment(Object.assign({}, result.place, { name: result.name })); },
      { "aria-label": say("commentHere") + ": " + result.name }),
  ]);
}
