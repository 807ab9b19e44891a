"""How likely the main speaker is a child: told by nets (`child_net`), or by a logistic regression on what the
voice sounds like on average, which needs nothing but scikit-learn to be fitted.

Neither knows the level, and neither sees words or the rhythm of phrases, because children of the corpus read
shorter prompts in other rooms, and a model would learn that instead: the regression has averages over the
speech, and a net sees a third of a second at a time and pools what it made of it in no order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child_net import nets_of
from prankfilter.audio.child_track import NetTrack
from prankfilter.audio.heard import Heard
from prankfilter.audio.quantiles import SHARES, nearest_ranks
from prankfilter.bundle.child_arrays import ChildArrays
from prankfilter.bundle.ears import Ears

LEAST_SPEECH_S = 0.25
"""With less speech nothing is said about the voice. (With 0.5 s a quarter of the looks of one second were
silent, for nothing: `docs/studies/child_voice.md`.)"""

MELS = 40
PITCH_VALUES = 8
VECTOR_LENGTH = MELS * (3 + len(SHARES)) + PITCH_VALUES

_DELTA_FRAMES = 4
_NO_NUMBERS = np.full(VECTOR_LENGTH, np.nan)


def child_vector(heard: Heard) -> NDArray[np.float64]:
    """Summarise the voice in numbers that neither gain nor the amount of speech changes.

    Parameters
    ----------
    heard : Heard
        Any look.

    Returns
    -------
    NDArray[float64]
        Shape (248,). All NaN with less than 0.25 s of speech. From the log-mel of the speech frames, minus
        its one mean over all bands and frames (dB): for each of 40 bands mean, standard deviation, mean
        absolute change over 40 ms, and the quantiles 0.1, 0.5, 0.9. Then the pitch of the voiced speech
        frames, in semitones above 60 Hz: mean, standard deviation, quantiles 0.1, 0.25, 0.5, 0.75, 0.9 (NaN
        without pitch), and the share of speech frames that are voiced.
    """
    if heard.speech_s < LEAST_SPEECH_S:
        return _NO_NUMBERS.copy()
    spoken = np.ascontiguousarray(heard.log_mel[heard.speech].T)
    spoken -= spoken.mean(dtype=np.float64).astype(np.float32)
    change = np.abs(spoken[:, _DELTA_FRAMES:] - spoken[:, :-_DELTA_FRAMES])
    parts = (
        spoken.mean(axis=1),
        spoken.std(axis=1),
        change.mean(axis=1),
        *nearest_ranks(spoken),
        _pitch_values(heard),
    )
    return np.concatenate(parts, dtype=np.float64)


def _pitch_values(heard: Heard) -> NDArray[np.float64]:
    pitch_hz = heard.pitch_hz[heard.speech].astype(np.float64)
    voiced_hz = pitch_hz[~np.isnan(pitch_hz)]
    share = len(voiced_hz) / len(pitch_hz)
    if not len(voiced_hz):
        return np.array([math.nan] * (PITCH_VALUES - 1) + [share])
    semitones = 12.0 * np.log2(voiced_hz / 60.0)
    quantiles = np.quantile(semitones, (0.1, 0.25, 0.5, 0.75, 0.9))
    return np.array([semitones.mean(), semitones.std(), *quantiles, share])


def child_voice_probability(heard: Heard, ears: Ears) -> float:
    """Estimate the probability that the main speaker is a child of 9 years or younger.

    Parameters
    ----------
    heard : Heard
        Any look. It need not have been heard with these ears: nets that did not listen then are run now.
    ears : Ears
        ``ears.child`` holds nets (`prankfilter.bundle.child_arrays`), or ``mean``, ``scale`` and ``weights``,
        shape (248,), ``bias``, shape (1,), of a logistic regression on the standardised vector; a NaN of the
        vector counts as the training mean. How far the log-odds of either may be trusted depends on how much
        was said, so there may be a calibration, shape (k,) each: ``calibration_s`` (seconds of speech,
        rising), ``calibration_slope`` and ``calibration_offset``, interpolated linearly; without it slope 1
        and offset 0.

    Returns
    -------
    float
        In [0, 1]; NaN with less than 0.25 s of speech, or where the inference is switched off; with nets also
        where none of their outputs, one every 40 ms at the most, has speech in its middle.
    """
    child = ears.child
    if child is None or heard.speech_s < LEAST_SPEECH_S:
        return math.nan
    log_odds = child_log_odds(heard, ears)
    if "calibration_s" in child:
        slope = np.interp(heard.speech_s, child["calibration_s"], child["calibration_slope"])
        offset = np.interp(heard.speech_s, child["calibration_s"], child["calibration_offset"])
        log_odds = float(slope) * log_odds + float(offset)
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -700.0), 700.0)))


def child_log_odds(heard: Heard, ears: Ears) -> float:
    """Log-odds for a child before they are calibrated; ``ears.child`` is not None, the rest as above."""
    nets = nets_of(ears)
    if nets is None:
        return _linear_log_odds(heard, ears.child or {})
    voice = heard.voice
    if voice is None or voice.nets is not nets:
        track = NetTrack(nets)
        track.feed(heard.log_mel)
        voice = track.upto(len(heard.log_mel))
    return voice.log_odds(heard.speech)


def _linear_log_odds(heard: Heard, head: ChildArrays) -> float:
    standardised = np.nan_to_num((child_vector(heard) - head["mean"]) / head["scale"], nan=0.0)
    return float(standardised @ head["weights"] + head["bias"][0])
