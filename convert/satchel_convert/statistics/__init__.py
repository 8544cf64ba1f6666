"""The statistics of a verification: a paired non-inferiority test, intervals and their power.

Probabilities, shares and margins are 0 to 1, never percent.
"""

from satchel_convert.statistics.costs import (
    Cost as Cost,
    accuracy_cost as accuracy_cost,
    mean_cost as mean_cost,
)
from satchel_convert.statistics.non_inferiority import (
    Decision as Decision,
    NonInferiority as NonInferiority,
    non_inferiority as non_inferiority,
)
from satchel_convert.statistics.pairs import Pairs as Pairs, count_pairs as count_pairs
from satchel_convert.statistics.power import seen_share as seen_share
from satchel_convert.statistics.score_interval import (
    drop_interval as drop_interval,
    drop_score as drop_score,
)
from satchel_convert.statistics.shares import (
    CONFIDENCE as CONFIDENCE,
    Interval as Interval,
    share_interval as share_interval,
)
from satchel_convert.statistics.surprise import holm as holm, mcnemar as mcnemar
