"""A slide of the story as phones get it: its words, never its notes."""

from __future__ import annotations

from twin.story import Slide as StorySlide
from twin.story import Story
from ui.audience.public import Slide


def words_of(story: Story, slide: StorySlide) -> Slide:
    """Return a slide as phones get it; its notes stay here."""
    return Slide(story.place(slide.id) + 1, len(story), slide.title, slide.text, slide.description)
