import pytest

from kstream_cli.errors import StoreNotAvailableError, TaskCorruptedError
from kstream_cli.runtime.threads.questions import Question, Questions
from kstream_cli.task.task_id import TaskId

FRESH, ALL = {"0_0": {"s": 1}}, {"0_0": {"s": 1}, "0_1": {"s": 0}}


def stores(stale):
    return ALL if stale else FRESH


def asked(*questions):
    waiting = Questions()
    for question in questions:
        waiting.put(question)
    return waiting


def never():
    raise AssertionError("no commit is to be made")


def test_a_question_is_answered_from_what_is_up_to_date_without_a_commit():
    question = Question(dict)
    asked(question).answer(stores, never)
    assert question.answer.result(0) == FRESH


def test_a_question_that_takes_stale_answers_sees_all_copies():
    question = Question(dict, stale=True)
    asked(question).answer(stores, never)
    assert question.answer.result(0) == ALL


def test_committed_state_is_read_after_one_commit_for_all_that_wait():
    commits = []
    questions = [Question(len, committed=True), Question(len, committed=True)]
    asked(*questions).answer(stores, lambda: not commits.append(1))
    assert [question.answer.result(0) for question in questions] == [1, 1]
    assert commits == [1]


def test_committed_state_is_waited_for_while_no_commit_is_possible_and_others_are_answered():
    committed, newest = Question(len, committed=True), Question(len)
    waiting = asked(committed, newest)
    waiting.answer(stores, lambda: False)
    assert newest.answer.done()
    assert not committed.answer.done()
    waiting.answer(stores, lambda: True)
    assert committed.answer.result(0) == 1


def test_a_commit_that_fails_refuses_the_questions_and_goes_on_failing():
    def fail():
        raise TaskCorruptedError("lost", tasks=())

    question = Question(len, committed=True)
    with pytest.raises(TaskCorruptedError):
        asked(question).answer(stores, fail)
    with pytest.raises(StoreNotAvailableError, match="ask again"):
        question.answer.result(0)


def test_an_error_of_the_question_goes_to_who_asked():
    question = Question(lambda stores: stores[TaskId(9, 9)])
    asked(question).answer(stores, never)
    with pytest.raises(KeyError):
        question.answer.result(0)


def test_questions_are_refused_with_the_reason():
    question = Question(len)
    asked(question).refuse("thread 1 has ended")
    with pytest.raises(StoreNotAvailableError, match="thread 1 has ended"):
        question.answer.result(0)


def test_more_questions_are_likely_after_one():
    waiting = Questions()
    assert not waiting.are_likely
    waiting.put(Question(len))
    assert waiting.are_likely
