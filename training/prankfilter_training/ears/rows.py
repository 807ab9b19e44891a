"""What a child-voice head is fitted, calibrated and judged on: one row a clip and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter_training.ears.speakers import fold_of
from prankfilter_training.simulation.voices import Group

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Clips of speakers at several lengths, as the front end hears them.

    Attributes
    ----------
    vectors : ndarray of shape (rows, n)
        `prankfilter.audio.child.child_vector`; rows without speech are all NaN.
    net_odds : ndarray of shape (rows,)
        Log-odds by nets that never heard the speaker, before calibration; NaN without nets.
    speech_s, length_s : ndarray of shape (rows,)
        Seconds of speech, and of sound.
    child, youth : ndarray of bool, shape (rows,)
        Whether the speaker is a child of 9 years or younger; is 10-17. Others are 18 or older.
    speaker, sex, line : ndarray of str, shape (rows,)
        The line as `Line.name` has it, such as ``gsm/pink/18dB``.
    clip : ndarray of int, shape (rows,)
        Number of the clip; even ones begin without a pause.
    """

    vectors: Array
    net_odds: Array
    speech_s: Array
    length_s: Array
    child: NDArray[np.bool_]
    youth: NDArray[np.bool_]
    speaker: NDArray[np.object_]
    sex: NDArray[np.object_]
    line: NDArray[np.object_]
    clip: NDArray[np.int64]

    def at(self, chosen: NDArray[np.bool_]) -> Rows:
        """Only some of the rows."""
        return Rows(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    @property
    def folds(self) -> dict[str, int]:
        """The fold of each speaker."""
        ages = np.where(self.child, Group.CHILD, np.where(self.youth, Group.YOUTH, Group.ADULT))
        return fold_of(
            (str(name), Group(age), str(sex))
            for name, age, sex in zip(self.speaker, ages, self.sex, strict=True)
        )

    @property
    def woman(self) -> NDArray[np.bool_]:
        """Whether the speaker is a woman of 18 or older."""
        return np.asarray(~self.child & ~self.youth & (self.sex == "f"))


def speaker_weights(rows: Rows) -> Array:
    """Weights that let every speaker count the same, and the children together as much as the adults."""
    names, place, count = np.unique(rows.speaker.astype(str), return_inverse=True, return_counts=True)
    weight = 1.0 / count[place]
    for is_child in (False, True):
        weight[rows.child == is_child] /= weight[rows.child == is_child].sum()
    return np.asarray(weight * len(names))
