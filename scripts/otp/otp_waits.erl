%% The waits of a recording. Each takes microseconds in a case that goes well; one that is in vain ends the case with its name.
-module(otp_waits).
-export([gone/2, all_gone/2, queued/2, queued/3, answer_of/1, stranger/1, until/2]).

-define(WAIT_MS_MAX, 20000).

%% Does something that ends a process, and waits for the end.
gone(Pid, Do) -> all_gone([Pid], Do).

all_gone(Pids, Do) ->
    Watches = [{monitor(process, Pid), Pid} || Pid <- Pids],
    Do(),
    lists:foreach(fun down/1, Watches).

down({Watch, Pid}) ->
    receive {'DOWN', Watch, process, Pid, _} -> ok
    after ?WAIT_MS_MAX -> in_vain({end_of, Pid, process_info(Pid, [current_function, dictionary])})
    end.

%% Does something that puts a message into the mailbox of a busy process, and waits until it is there.
queued(Busy, Do) -> queued(Busy, Do, fun(_) -> ok end).

queued(Busy, Do, Then) ->
    {message_queue_len, Before} = process_info(Busy, message_queue_len),
    Result = Do(),
    until({message_for, Busy}, fun() ->
        case process_info(Busy, message_queue_len) of
            {message_queue_len, Now} -> Now > Before;
            undefined -> in_vain({message_for_dead, Busy})
        end
    end),
    Then(Result).

%% What a process answers us.
answer_of(Pid) ->
    receive {answer, Pid, Answer} -> Answer
    after ?WAIT_MS_MAX -> in_vain({answer_of, Pid})
    end.

%% Does something in a process that is nobody's parent and linked to nobody; a failure is a result like any other.
stranger(Do) ->
    Me = self(),
    answer_of(spawn(fun() -> Me ! {answer, self(), catch Do()} end)).

until(What, Done) -> until(What, Done, erlang:monotonic_time(millisecond) + ?WAIT_MS_MAX).

until(What, Done, End) ->
    case Done() of
        true -> ok;
        false ->
            erlang:monotonic_time(millisecond) < End orelse in_vain(What),
            timer:sleep(1),
            until(What, Done, End)
    end.

in_vain(What) -> exit({waited_in_vain, What}).
