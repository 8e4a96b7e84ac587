"""A story for a hall: slides in their order, each with a view, words in every language of the meeting, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from twin.errors import StoryError
from twin.session import Composition, View

Words = dict[str, str]
"""The same text by language: {"en": "The harbour", "de": "Der Hafen"}."""
WORDS_NEEDED = ("title", "description")
"""What a slide must have in every language of a meeting; a text may be left out."""


@dataclass(frozen=True, slots=True)
class SlidePicture:
    """A picture that stands beside a slide's text."""

    path: str
    """The file. In memory as it can be opened; in a project relative to its folder where it can be."""
    caption: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide."""

    id: str
    title: Words = field(default_factory=dict)
    text: Words = field(default_factory=dict)
    description: Words = field(default_factory=dict)
    """What can be seen, for those who cannot see it."""
    notes: str = ""
    """For the presenter alone; never shown to the hall."""
    view: View | str = ""
    """What is looked at: a whole view, or the name of one of the project's views; "" leaves it as it is."""
    picture: SlidePicture | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Slides in their order."""

    slides: tuple[Slide, ...] = ()

    def __len__(self) -> int:
        return len(self.slides)

    def slide(self, slide_id: str) -> Slide:
        """Return one slide.

        raises   StoryError  it is not in this story
        """
        return self.slides[self.place(slide_id)]

    def place(self, slide_id: str) -> int:
        """Return a slide's place, from 0.

        raises   StoryError  it is not in this story
        """
        for place, slide in enumerate(self.slides):
            if slide.id == slide_id:
                return place
        raise StoryError(f'There is no slide "{slide_id}" in this story.', slide=slide_id)

    def next_id(self, slide_id: str) -> str:
        """Return the slide after one; the last stays. "" gives the first."""
        return self._beside(slide_id, 1)

    def back_id(self, slide_id: str) -> str:
        """Return the slide before one; the first stays. "" gives the first."""
        return self._beside(slide_id, -1)

    def _beside(self, slide_id: str, step: int) -> str:
        ids = [slide.id for slide in self.slides]
        if not ids:
            return ""
        if slide_id not in ids:
            return ids[0]
        return ids[min(max(ids.index(slide_id) + step, 0), len(ids) - 1)]

    def added(self, slide: Slide, *, after: str = "") -> Story:
        """Return the story with a slide more, after another or at the end.

        raises   StoryError  a slide of that id is there already
        """
        if any(one.id == slide.id for one in self.slides):
            raise StoryError(f'There is a slide "{slide.id}" already.', slide=slide.id)
        at = self.place(after) + 1 if after else len(self.slides)
        return Story((*self.slides[:at], slide, *self.slides[at:]))

    def changed(self, slide: Slide) -> Story:
        """Return the story with a slide in the place of the one that has its id."""
        self.place(slide.id)
        return Story(tuple(slide if one.id == slide.id else one for one in self.slides))

    def without(self, slide_id: str) -> Story:
        """Return the story without a slide."""
        self.place(slide_id)
        return Story(tuple(one for one in self.slides if one.id != slide_id))

    def moved(self, slide_id: str, place: int) -> Story:
        """Return the story with a slide at another place, from 0; beyond the ends is at the ends."""
        slide = self.slide(slide_id)
        others = [one for one in self.slides if one.id != slide_id]
        others.insert(min(max(place, 0), len(others)), slide)
        return Story(tuple(others))

    def new_id(self) -> str:
        """Return an id that no slide has."""
        ids = {slide.id for slide in self.slides}
        return next(f"slide-{n}" for n in range(1, len(ids) + 2) if f"slide-{n}" not in ids)


@dataclass(frozen=True, slots=True)
class Gap:
    """Words that a slide lacks in a language of the meeting."""

    slide_id: str
    number: int
    """The slide's place, from 1."""
    part: str
    """"title", "text" or "description"."""
    language: str


def gaps(story: Story, languages: Sequence[str]) -> tuple[Gap, ...]:
    """Return which words are missing: titles and descriptions everywhere, a text where another language has it."""
    found = []
    for number, slide in enumerate(story.slides, 1):
        for part, said in (("title", slide.title), ("text", slide.text), ("description", slide.description)):
            is_wanted = part in WORDS_NEEDED or any(text.strip() for text in said.values())
            missing = [one for one in languages if not said.get(one, "").strip()] if is_wanted else []
            found += [Gap(slide.id, number, part, language) for language in missing]
    return tuple(found)


def in_language(said: Words, language: str, *, else_in: Iterable[str] = ("en",)) -> str:
    """Return a text in a language, else in one of others, else in whichever it has; "" if it is nowhere."""
    for one in (language, *else_in):
        if said.get(one, "").strip():
            return said[one]
    return next((text for text in said.values() if text.strip()), "")


def recorded(view: View) -> View:
    """Return what a slide keeps of a view: camera, time and looks.

    Corrections, results, measurements and the scenarios themselves are the project's, not a slide's: showing an old
    slide must not bring back an old value. Which scenario is shown is kept.
    """
    kept = view.composition
    layers = tuple(replace(state, joins=()) for state in kept.layers)
    looks = Composition(layers=layers, theme=kept.theme, cut=kept.cut, scenario=kept.scenario)
    return replace(view, composition=looks)


def composed(now: Composition, slide: Composition) -> Composition:
    """Return the present composition with a slide's looks.

    Layers that came after the slide was made are off; those that are gone are passed over. The order is the slide's.
    """
    here = {state.layer_id: state for state in now.layers}
    known = [state for state in slide.layers if state.layer_id in here]
    ids = {state.layer_id for state in known}
    later = tuple(replace(state, is_visible=False) for state in now.layers if state.layer_id not in ids)
    layers = tuple(replace(state, joins=here[state.layer_id].joins) for state in known)
    scenario = slide.scenario if any(one.id == slide.scenario for one in now.scenarios) else ""
    return replace(now, layers=(*later, *layers), theme=slide.theme, cut=slide.cut, scenario=scenario)
