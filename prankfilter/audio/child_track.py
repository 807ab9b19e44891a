"""What child nets make of one call, block by block."""

from __future__ import annotations

import math

import numpy as np

from prankfilter.audio.child_net import ABOVE_DB, SCALE_DB, ChildNets, NetFrames, reference_db
from prankfilter.audio.convolution import Array
from prankfilter.audio.spectrum import FRAME, HOP
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.vocabulary import LOOKS_S, SCORED_SOUND_S


def _frames_in(seconds: float) -> int:
    """Frames that are complete after so much sound."""
    return 1 + (round(seconds * LINE_RATE_HZ) - FRAME) // HOP


BLOCKS_S = (*LOOKS_S, 15.0, 20.0, 25.0, SCORED_SOUND_S)
"""Where blocks end: at each look, then every 5 s."""

BLOCK_ENDS = tuple(_frames_in(seconds) for seconds in BLOCKS_S)


class NetTrack:
    """The outputs of child nets for one call, filled as its log-mels come.

    Convolutions run over blocks that end at `BLOCKS_S`, whatever the pieces that sound comes in; so a stream
    gets what the file gets, to the last bit. Each frame is worked on once, but for those that the first
    output of a block shares with the last one before it; the last outputs of a look, which see beyond its
    end, are made for that look only. Blocks of one second, which pull the weights through the processor's
    cache more often, took 1.4 times as long (three nets in the tracks of 5 s, on one core).
    """

    def __init__(self, nets: ChildNets) -> None:
        # Memory that is not written to is not taken: 30 s of three nets are 1.7 MB, 5 s a sixth of that.
        most = _frames_in(SCORED_SOUND_S)
        count, width = nets.convolutions[-1].bias.shape[::2]
        self._nets = nets
        self._inputs = np.empty((nets.reach_frames + most, nets.bands), np.float32)
        self._hidden = np.empty((count, nets.outputs(most), width), np.float32)
        self._score = np.empty((count, nets.outputs(most)), np.float32)
        self._frames = self._listened = 0
        self._reference_db = -math.inf

    def feed(self, log_mel: Array) -> None:
        """Take in the next frames, shape (n, 40), dB; 30 s at most in all."""
        if not len(log_mel):
            return
        reference = reference_db(log_mel, self._reference_db)
        shift = ((ABOVE_DB - reference) / SCALE_DB).astype(np.float32)
        reach = self._nets.reach_frames
        new = self._inputs[reach + self._frames : reach + self._frames + len(log_mel)]
        np.multiply(log_mel, np.float32(1 / SCALE_DB), out=new)
        new += shift[:, None]
        if not self._frames:
            self._inputs[:reach] = new[0]
        self._frames += len(log_mel)
        self._reference_db = float(reference[-1])
        for end in BLOCK_ENDS:
            if self._listened < end <= self._frames:
                self._listen(self._nets.complete(self._listened), self._nets.complete(end))
                self._listened = end

    def _listen(self, done: int, count: int) -> None:
        """Fill in the outputs from ``done`` to ``count``, whose frames are all there."""
        hop, reach = self._nets.hop_frames, self._nets.reach_frames
        if count > done:
            inputs = self._inputs[hop * done : hop * (count - 1) + 2 * reach + 1]
            self._hidden[:, done:count], self._score[:, done:count] = self._nets.listen(inputs)

    def upto(self, frames: int) -> NetFrames:
        """What nets make of the first ``frames`` frames, if nothing came after them; read-only."""
        hop, reach = self._nets.hop_frames, self._nets.reach_frames
        done = self._nets.complete(max((end for end in BLOCK_ENDS if end <= frames), default=0))
        hidden, score = self._hidden[:, :done], self._score[:, :done]
        if frames:
            last = self._inputs[reach + frames - 1]
            inputs = np.concatenate([self._inputs[hop * done : reach + frames], np.tile(last, (reach, 1))])
            last_hidden, last_score = self._nets.listen(inputs)
            hidden = np.concatenate([hidden, last_hidden], axis=1)
            score = np.concatenate([score, last_score], axis=1)
        hidden.setflags(write=False)
        score.setflags(write=False)
        return NetFrames(self._nets, hidden, score)
