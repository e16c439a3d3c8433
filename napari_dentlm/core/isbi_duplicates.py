"""Films of the ISBI 2015 data that have two numbers and two independent sets of labels."""

TRAIN_TEST1_PAIRS: tuple[tuple[int, int], ...] = (
    (1, 275),
    (7, 293),
    (10, 295),
    (14, 287),
    (28, 296),
    (38, 283),
    (56, 280),
    (62, 288),
    (80, 282),
    (88, 297),
    (103, 201),
    (108, 289),
    (118, 285),
    (123, 276),
    (126, 299),
    (132, 291),
    (137, 292),
    (138, 281),
    (141, 279),
    (144, 173),
)
"""(number in Train, number in Test1): drop the first from training, or report Test1 without the second."""

TEST1_PAIRS: tuple[tuple[int, int], ...] = ((159, 278), (188, 294), (196, 277))
"""Pairs inside Test1."""

TRAIN_TWINS = frozenset(train for train, _ in TRAIN_TEST1_PAIRS)
TEST1_TWINS = frozenset(test1 for _, test1 in TRAIN_TEST1_PAIRS)
