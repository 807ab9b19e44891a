"""What a switch of models does to the certificates."""

from __future__ import annotations

from prankfilter.classifier.candidacy import Candidacy, Opened
from prankfilter.classifier.findings import Found, Said
from prankfilter.vocabulary import Basis


def certificate(candidacy: Candidacy) -> Found:
    before = candidacy.honoured(candidacy.champion)
    after = candidacy.honoured(candidacy.challenger)
    lost = [candidacy.policy_name(digest) for digest in before if digest not in after]
    if lost:
        return False, Said(
            f"the one that runs holds a certificate for {', '.join(lost)}, this one does not. "
            f"Run `prankfilter-train certify {candidacy.challenger.model_id} LOG`.",
            f"model sekarang punya bukti batas risiko untuk {', '.join(lost)}, model ini belum; "
            "jalankan `certify`",
        )
    return True, Said(
        "no certificate is lost" if before else "the one that runs holds no certificate that counts here",
        "tidak ada bukti batas risiko yang hilang",
    )


def certificate_outlook(candidacy: Candidacy, opened: Opened) -> Said:
    """Say what the certificates allow once a model runs (SAFETY rule 4)."""
    honoured = candidacy.honoured(opened)
    own = [one for one in candidacy.certificates if one.model_id == opened.model_id]
    if honoured:
        names = ", ".join(
            f"{candidacy.policy_name(digest)} until {one.expires_at.date()}"
            for digest, one in honoured.items()
        )
        return Said(
            f"`verify` is possible under {names}, as far as the policy in force allows it",
            f"sapaan otomatis dimungkinkan oleh bukti batas risiko: {names}",
        )
    none = "every call will get normal or priority"
    none_id = "semua panggilan biasa atau didahulukan"
    if any(one.basis is Basis.SIMULATED for one in own):
        return Said(
            f"its certificate was made from SIMULATED calls and counts as missing here: {none}",
            f"bukti batas risikonya dari panggilan simulasi dan tidak berlaku di sini: {none_id}",
        )
    if own:
        return Said(
            f"its certificate has run out or is suspended: {none}",
            f"bukti batas risikonya tidak berlaku lagi: {none_id}",
        )
    return Said(f"it has no certificate: {none}", f"belum ada bukti batas risiko: {none_id}")
