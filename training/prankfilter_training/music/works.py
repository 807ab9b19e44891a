"""The music that the ears learn from: which works, whose, under which licence, in which Debian packages.

All may be used, changed and shared, for money too, if the author is named. Music under the GPL is left out:
whether numbers learnt from a work are made of it is for courts to say, and nobody should have to ask.
"""

from __future__ import annotations

from dataclasses import dataclass

CC_BY_SA_3 = "CC BY-SA 3.0"
EXPAT = "Expat (MIT)"
UNKNOWN = "not in the table of works"


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package, of bookworm, that holds music; ``sha256`` in hex is that of the ``.deb``."""

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """As ``apt-get download`` names it."""
        return f"{self.name}_{self.version}_all.deb"


@dataclass(frozen=True, slots=True)
class Works:
    """One author's music in a package.

    Attributes
    ----------
    folder : str
        Where it lies in a folder of music: one folder an author.
    author, licence : str
        As the package's own copyright file has them.
    package : Package
    pattern : str
        Which files of the package, from its root.
    """

    folder: str
    author: str
    licence: str
    package: Package
    pattern: str


_HOLD = Package(
    "asterisk-moh-opsound-wav",
    "2.03-1.1",
    "8f9d808a729d305c2d3343993f21ca5e6829e411682618dc8ea7aa8bc24a566c",
)
_SINGULARITY = Package(
    "singularity-music", "007-2", "139ba1e408eeb0a72f1fff3760ca46558b9f81bed97dc8c0efa108c4007f4845"
)
_HYPERROGUE = Package(
    "hyperrogue-music", "12.0q-1", "61ab9f4c2169442d85f42c42d26e80c1a18b93c741f3d44f1b9d83015904e7f7"
)
_SECTOID = Package(
    "fretsonfire-songs-sectoid",
    "1.dfsg-3.1",
    "14c1ed3e43c1a6a80eae7698f0469a0825cd1184e441968d62df89ca418aa0b4",
)
_MULDJORD = Package(
    "fretsonfire-songs-muldjord",
    "2.dfsg-2.1",
    "b37adf8b08b46d4182c283e760e4f40622d83674e05803960ea1e11a92600c7b",
)

WORKS = (
    Works("domina", "Lincoln Domina", CC_BY_SA_3, _HYPERROGUE, "**/hr-domina-*.ogg"),
    Works("el_senator", "El Senator (Muldjord)", CC_BY_SA_3, _MULDJORD, "**/song.ogg"),
    Works("macroform", "Paul Shuler (Macroform)", CC_BY_SA_3, _HOLD, "**/macroform-*.wav"),
    Works("manolo_camp", "Manolo Camp", CC_BY_SA_3, _HOLD, "**/manolo_camp-*.wav"),
    Works("mccracken", "Max McCracken", CC_BY_SA_3, _SINGULARITY, "**/*.ogg"),
    Works("parrotte", "Shawn Parrotte", CC_BY_SA_3, _HYPERROGUE, "**/hr3-*.ogg"),
    Works("reno_project", "Reno Project", CC_BY_SA_3, _HOLD, "**/reno_project-*.wav"),
    Works("savino", "Will Savino", CC_BY_SA_3, _HYPERROGUE, "**/hr-savino-*.ogg"),
    Works("viola_iborra", "Carlos Viola Iborra (Sectoid)", EXPAT, _SECTOID, "**/song.ogg"),
)

PACKAGES = tuple(dict.fromkeys(works.package for works in WORKS))


def works_in(folder: str) -> Works | None:
    """Whose music a folder of this name holds; None where the table does not know."""
    return next((works for works in WORKS if works.folder == folder), None)
