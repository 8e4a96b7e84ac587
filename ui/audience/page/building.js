/* Making elements. Text always goes in as text: what people write is never taken for markup. */
"use strict";

/* Return an element with attributes, and children that are elements or texts. */
function make(name, attributes, children) {
  var element = document.createElement(name);
  Object.keys(attributes || {}).forEach(function (key) {
    var value = attributes[key];
    if (value === false || value === undefined || value === null) return;
    if (key === "text") element.textContent = value;
    else if (key.slice(0, 2) === "on") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else element.setAttribute(key, value);
  });
  [].concat(children || []).forEach(function (child) {
    if (child === null || child === undefined || child === "") return;
    element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  });
  return element;
}

/* Put children in the place of what an element holds, keeping the keyboard's place where the same id comes back. */
function fill(element, children) {
  var focused = document.activeElement && element.contains(document.activeElement) ? document.activeElement.id : "";
  element.textContent = "";
  [].concat(children).forEach(function (child) { if (child) element.appendChild(child); });
  var again = focused && document.getElementById(focused);
  if (again) again.focus();
}

function button(word, act, attributes) {
  return make("button", Object.assign({ type: "button", onclick: act }, attributes || {}), say(word));
}

var made = 0;

/* Return a labelled control. */
function field(label, control) {
  if (!control.id) control.id = "field-" + (++made);
  return make("div", {}, [make("label", { "for": control.id, text: label }), control]);
}

function select(values, attributes) {
  return make("select", attributes, values.map(function (pair) {
    return make("option", { value: pair[0], text: pair[1] });
  }));
}

/* Return one choice of a group: radio or checkbox with its text. */
function choice(kind, name, value, text, isOn) {
  var input = make("input", { type: kind, name: name, value: value, checked: isOn, id: name + "-" + value });
  return make("label", { "class": "choice", "for": input.id }, [input, make("span", { text: text })]);
}
