"""Every refusal of the engine, as a tree.

PrankfilterError
├── BadRecord                 a call record that is no record at all
├── BadAudio                  sound that cannot be used; the call is judged without it
│   ├── UnreadableAudio       no recording, truncated, or a codec we do not read
│   ├── AudioTooLarge         more bytes, seconds, channels or hertz than allowed
│   └── DecoderFailed         the child process that decodes compressed sound died or ran out of time
├── BadArtefact               a model, ears or certificate that must not run
│   ├── ArtefactMissing       nothing there
│   ├── ArtefactCorrupt       wrong hash, shape or format
│   ├── ArtefactUntrusted     neither shipped nor signed by a trusted key
│   └── JournalBroken         a line of the journal of models was altered, added or removed
├── BadSeal                   sealed sound or a sealed number that was altered, or whose key is gone
├── BadKey                    an API key that is unknown or revoked
├── BadSetting                a setting with an unusable value
├── StoreUnavailable          the store does not answer
├── NotFound                  no such call, key or flag
├── Taken                     somebody else has this call-back in hand, or it is closed
├── NotAllowed                whoever asks may not do this to this call
├── BadInput                  a file or request that data staff or supervisors must mend
├── ReportFailed              the child process that makes reports died or ran out of time
├── OverloadedError           more work than can be queued
└── Cancelled                 the deadline passed while sound was being worked on

Messages name what was wrong, where, and the remedy; they never carry personal data. No HTTP here:
`prankfilter_api.problems` maps each leaf to a status.
"""

from __future__ import annotations


class PrankfilterError(Exception):
    """Any refusal of the engine."""


class BadRecord(PrankfilterError):
    """The body is no JSON object that could be a call record."""


class BadAudio(PrankfilterError):
    """The sound cannot be used; the call is judged without it."""


class UnreadableAudio(BadAudio):
    """The bytes are no recording, are cut off, or use a codec that is not read."""


class AudioTooLarge(BadAudio):
    """The recording exceeds the limits on bytes, seconds, channels or sampling rate."""


class DecoderFailed(BadAudio):
    """The child process that decodes compressed sound died or ran out of time or memory."""


class BadArtefact(PrankfilterError):
    """A model, ears bundle or certificate that must not run."""


class ArtefactMissing(BadArtefact):
    """There is nothing where the artefact should be."""


class ArtefactCorrupt(BadArtefact):
    """A hash, a shape or the format is wrong."""


class ArtefactUntrusted(BadArtefact):
    """It is neither shipped nor signed by a trusted key."""


class JournalBroken(BadArtefact):
    """A line of the journal of models was altered, added or removed."""


class BadSeal(PrankfilterError):
    """Sealed data was altered, belongs to something else, or was sealed with a key that is gone."""


class BadKey(PrankfilterError):
    """The API key is unknown, revoked or lacks the scope."""


class BadSetting(PrankfilterError):
    """A setting has an unusable value."""


class StoreUnavailable(PrankfilterError):
    """The store does not answer."""


class NotFound(PrankfilterError):
    """There is no such call, key or flag."""


class Taken(PrankfilterError):
    """Somebody else has it in hand, or it is closed."""


class NotAllowed(PrankfilterError):
    """Whoever asks may do such things, but not this one to this call."""


class BadInput(PrankfilterError):
    """A file or request that its author must mend; the message says where and how."""


class ReportFailed(PrankfilterError):
    """The child process that makes reports died, or ran out of time or memory."""


class OverloadedError(PrankfilterError):
    """There is more work than can be queued."""


class Cancelled(PrankfilterError):
    """The deadline passed while sound was being worked on."""
