# SPDX-License-Identifier: Apache-2.0
"""Images that attack whoever pulls them; lying_registry.py serves them as hostile/CASE:latest.

A case that is `refused` must not be pulled, and the store is whole afterwards. One that is
`harmless` may be pulled or refused; either way nothing outside the image's own root changes: no
test may find ESCAPED, or a change of BAIT (a file that the test makes first).
"""

import dataclasses, enum, functools, typing

import busybox
from image import Image, image
from layer import Layer

ESCAPED, BAIT = "/tmp/berth-escaped", "/tmp/berth-bait"


class Verdict(enum.Enum):
    REFUSED, HARMLESS = "refused", "harmless"


REFUSED, HARMLESS = Verdict.REFUSED, Verdict.HARMLESS


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    verdict: Verdict
    make: typing.Callable[[], Image]


CASES = []


def case(verdict):
    """Registers a function that makes an Image, or the Layers of one, as the case of its name."""

    def register(maker):
        name = maker.__name__.replace("_", "-")
        CASES.append(Case(name, verdict, functools.partial(finished, name, maker)))
        return maker

    return register


def finished(name, maker):
    made = maker()
    if not isinstance(made, Image):
        layers = [made] if isinstance(made, Layer) else made
        made = image(
            "",
            [layer if layer.blob else layer.gzip() for layer in [busybox.layer(), *layers]],
            {"Cmd": ["sh"]},
        )
    made.name, made.tag = f"hostile/{name}", "latest"
    return made


def all_images():
    return [case.make() for case in CASES]


import hostile_documents, hostile_layers  # noqa: E402,F401  (each registers its cases)
