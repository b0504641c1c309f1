"""The nouns that all other modules share, as plain frozen records.

They hold no behaviour beyond small derived values, import nothing heavy and pickle,
so they travel to worker processes as they are. Times are seconds as `float`, with
`onset` and `offset` for the two ends; frequencies are hertz.
"""

from __future__ import annotations

from curate.model.codec import is_deep as is_deep
from curate.model.codec import is_float as is_float
from curate.model.codec import is_lossless as is_lossless
from curate.model.codec import subtype_that_holds as subtype_that_holds
from curate.model.file import NOTICES as NOTICES
from curate.model.file import AudioInfo as AudioInfo
from curate.model.file import FileFacts as FileFacts
from curate.model.file import Problem as Problem
from curate.model.file import Taxon as Taxon
from curate.model.file import number_of_faults as number_of_faults
from curate.model.recorder import RecorderClaim as RecorderClaim
from curate.model.recorder import RecorderFacts as RecorderFacts
from curate.model.recorder import Site as Site
from curate.model.row import MANIFEST_COLUMNS as MANIFEST_COLUMNS
from curate.model.row import Row as Row
from curate.model.schedule import NightFacts as NightFacts
from curate.model.schedule import RecorderSchedule as RecorderSchedule
from curate.model.stretch import Action as Action
from curate.model.stretch import Cut as Cut
from curate.model.stretch import Hertz as Hertz
from curate.model.stretch import Judgement as Judgement
from curate.model.stretch import Piece as Piece
from curate.model.stretch import Seconds as Seconds
from curate.model.stretch import Segment as Segment
from curate.model.stretch import Verdict as Verdict
