%% Plays cases against the supervisor of the installed Erlang/OTP and writes down what happened, one JSON object a line.
%%
%%   erl -noinput -run otp_recorder main CASES TRACES -s erlang halt
%%
%% CASES holds Erlang terms, one case each, as scripts/otp/erlang-terms.ts writes them. Events of different processes are put in order by
%% their time stamps: those of the trace (ends of processes, supervisor:terminate/2) and those we take ourselves are of the same kind.
%%
%% Nothing here waits without a bound (otp_waits has those of single waits). A case that does not come to its end gets a line that says why
%% instead of its trace, and the next case begins with nothing left of it.
-module(otp_recorder).
-behaviour(gen_server).
-export([main/1, log/2, start_node/2, start_dynamic/4, pass_gate/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

-import(otp_terms, [reason/1, plain/1, json/1]).
-import(otp_waits, [gone/2, all_gone/2, queued/2, queued/3, answer_of/1, stranger/1, until/2]).

-define(WORLD, otp_recorder_world).
%% Milliseconds. The longest case of all takes six seconds, the whole run of a seed twenty.
-define(CASE_MS_MAX, 60000).
-define(RUN_MS_MAX, 240000).

main([Cases, Traces]) ->
    logger:set_primary_config(level, error),
    _ = logger:remove_handler(default),
    ok = logger:add_handler(?MODULE, ?MODULE, #{level => error}),
    ?WORLD = ets:new(?WORLD, [named_table, public]),
    1 = erlang:trace_pattern({supervisor, terminate, 2}, true, []),
    {ok, Terms} = file:consult(Cases),
    {ok, Out} = file:open(Traces, [write, binary, delayed_write]),
    %% Whatever becomes of the run, it is over then.
    {ok, _} = timer:apply_after(?RUN_MS_MAX + 2 * ?CASE_MS_MAX, erlang, halt, [3]),
    End = erlang:monotonic_time(millisecond) + ?RUN_MS_MAX,
    [ok = file:write(Out, [json(record(Case, End - erlang:monotonic_time(millisecond))), $\n]) || Case <- Terms],
    ok = file:close(Out).

%% ---- One case

record(#{<<"id">> := Id}, LeftMs) when LeftMs =< 0 ->
    #{id => Id, failed => <<"not played: the time for all cases was over">>};
record(#{<<"id">> := Id} = Case, _) ->
    clear_away(100),
    ets:delete_all_objects(?WORLD),
    Scribe = spawn_link(fun() -> scribe([]) end),
    ets:insert(?WORLD, {scribe, Scribe}),
    {Stage, Watch} = spawn_monitor(fun() -> enter(Scribe, Case) end),
    receive
        {'DOWN', Watch, process, Stage, normal} -> #{id => Id, trace => trace(Scribe)};
        {'DOWN', Watch, process, Stage, Why} -> failed(Id, Stage, Scribe, Why)
    after ?CASE_MS_MAX -> failed(Id, Stage, Scribe, {still_at, process_info(Stage, current_stacktrace)})
    end.

trace(Scribe) ->
    Delivered = erlang:trace_delivered(all),
    receive {trace_delivered, all, Delivered} -> ok after ?CASE_MS_MAX -> exit(traces_not_delivered) end,
    Scribe ! {read, self()},
    receive {notes, Notes} -> [Event || {_, Event} <- lists:sort(Notes)]
    after ?CASE_MS_MAX -> exit(notes_not_read)
    end.

failed(Id, Stage, Scribe, Why) ->
    gone(Stage, fun() -> exit(Stage, kill) end),
    unlink(Scribe),
    exit(Scribe, kill),
    #{id => Id, failed => iolist_to_binary(io_lib:format("~0p", [Why]))}.

%% Whoever dies may still be restarted by one that lives: again, until nobody lives.
clear_away(0) -> exit(case_not_cleared_away);
clear_away(Times) ->
    case [Pid || {{pid, Pid}, _} <- ets:tab2list(?WORLD), is_process_alive(Pid)] of
        [] -> ok;
        Living -> all_gone(Living, fun() -> [exit(Pid, kill) || Pid <- Living] end), clear_away(Times - 1)
    end.

%% Collects what is told and what is traced, each with its time.
scribe(Notes) ->
    receive
        {note, Time, Event} -> scribe([{Time, Event} | Notes]);
        {trace_ts, Pid, exit, Reason, Time} -> scribe(ended(known(Pid), Reason, Time) ++ Notes);
        {trace_ts, Pid, call, {supervisor, terminate, [Reason, _]}, Time} ->
            scribe(stopping(known(Pid), Reason, Time) ++ Notes);
        {read, Reader} -> Reader ! {notes, Notes};
        _ -> scribe(Notes)
    end.

ended({worker, Path, N}, Reason, Time) -> [{Time, event(exit, Path, N, Reason)}];
ended({supervisor, Path, N}, Reason, Time) -> [{Time, event(supervisor_exit, Path, N, Reason)}];
ended(unknown, _, _) -> [].

stopping({supervisor, Path, N}, Reason, Time) -> [{Time, event(sup_stopping, Path, N, Reason)}];
stopping(_, _, _) -> [].

event(Name, Path, N) -> #{ev => Name, child => Path, n => N}.
event(Name, Path, N, Reason) -> (event(Name, Path, N))#{reason => plain(Reason)}.

note(Event) ->
    Time = {erlang:monotonic_time(), erlang:unique_integer([monotonic])},
    [{scribe, Scribe}] = ets:lookup(?WORLD, scribe),
    Scribe ! {note, Time, Event}.

enter(Scribe, #{<<"tree">> := #{<<"id">> := Root} = Tree, <<"steps">> := Steps}) ->
    process_flag(trap_exit, true),
    1 = erlang:trace(self(), true, [procs, call, set_on_spawn, strict_monotonic_timestamp, {tracer, Scribe}]),
    note(#{ev => step, i => 0, op => start}),
    Started = start_node(Root, Tree),
    rest(),
    note_state(),
    case Started of
        {ok, _} -> play(1, Steps, Root);
        {error, _} -> ok
    end.

play(_, [], _) -> ok;
play(I, [#{<<"op">> := Op} = Step | Steps], Root) ->
    note(Step#{ev => step, i => I}),
    perform(Op, Step, Root),
    rest(),
    note_state(),
    play(I + 1, Steps, Root).

%% ---- Steps

perform(<<"exit">>, #{<<"child">> := Path, <<"reason">> := Reason}, _) ->
    with(Path, fun(Pid) -> finish(Pid, Reason) end);
perform(<<"signal">>, #{<<"child">> := Path, <<"reason">> := Reason}, _) ->
    %% From a process of its own: we are the root's parent, and nobody must take us for a stranger then.
    with(Path, fun(Pid) -> stranger(fun() -> exit(Pid, reason(Reason)) end), is_process_alive(Pid) end);
perform(<<"stop_sup">>, #{<<"child">> := Path, <<"reason">> := Reason}, _) ->
    with(Path, fun(Pid) -> gone(Pid, fun() -> stranger(fun() -> gen_server:stop(Pid, reason(Reason), infinity) end) end) end);
perform(<<"kill_sup">>, #{<<"child">> := Path}, _) ->
    %% Its children end by themselves then, while it may be restarted already.
    with(Path, fun(Pid) -> all_gone(below(Path), fun() -> exit(Pid, kill) end) end);
perform(<<"stop">>, #{<<"reason">> := Reason}, Root) ->
    %% Also whoever is left of a supervisor that was killed.
    with(Root, fun(Pid) -> all_gone(below(Root), fun() -> exit(Pid, reason(Reason)) end) end);
perform(<<"advance">>, #{<<"seconds">> := Seconds}, _) ->
    timer:sleep(Seconds * 1000);
perform(<<"batch">>, #{<<"sup">> := Path, <<"exits">> := Exits}, _) ->
    with_supervisor(Path, fun(Sup) ->
        ok = sys:suspend(Sup, ?CASE_MS_MAX),
        Results = [finish_unheard(Sup, Child, Reason) || #{<<"child">> := Child, <<"reason">> := Reason} <- Exits],
        note(#{ev => result, value => Results}),
        ok = sys:resume(Sup, ?CASE_MS_MAX)
    end);
perform(<<"mailbox">>, #{<<"sup">> := Path, <<"msgs">> := Messages}, _) ->
    with_supervisor(Path, fun(Sup) -> mailbox(Sup, Path, Messages) end);
perform(<<"code_change">>, #{<<"sup">> := Path, <<"tree">> := Node}, _) ->
    with_supervisor(Path, fun(Sup) ->
        ets:insert(?WORLD, {{changed, Sup}, Node}),
        ok = sys:suspend(Sup, ?CASE_MS_MAX),
        Result = sys:change_code(Sup, ?MODULE, undefined, [], ?CASE_MS_MAX),
        ok = sys:resume(Sup, ?CASE_MS_MAX),
        note(#{ev => result, value => plain(Result)})
    end);
perform(Call, #{<<"sup">> := Path} = Step, _) ->
    with_supervisor(Path, fun(Sup) -> note(#{ev => result, value => ask(Call, Sup, Path, Step)}) end).

with(Path, Do) ->
    case living(Path) of
        none -> note(#{ev => result, value => not_alive});
        Pid -> Do(Pid)
    end.

%% A step may have put a worker where a supervisor stood: for requests to a supervisor nobody lives there then.
with_supervisor(Path, Do) ->
    with(Path, fun(Pid) ->
        case known(Pid) of
            {supervisor, _, _} -> Do(Pid);
            _ -> note(#{ev => result, value => not_alive})
        end
    end).

%% The supervisor is inside of a start function while the messages arrive.
mailbox(Sup, Path, Messages) ->
    Me = self(),
    Gate = case has_template(Sup) of
               true -> [<<"$gate">>, {gate, Me}];
               false -> #{id => '$gate', restart => temporary, start => {?MODULE, pass_gate, [Me]}}
           end,
    spawn_link(fun() -> catch supervisor:start_child(Sup, Gate) end),
    at_gate = answer_of(Sup),
    Askers = lists:append([post(Sup, Path, Message) || Message <- Messages]),
    Sup ! open_gate,
    Values = [answer_of(Asker) || Asker <- Askers],
    rest(),
    _ = [note(#{ev => results, values => Values}) || Values =/= []],
    ok.

has_template(Sup) -> ets:lookup_element(?WORLD, {strategy, Sup}, 2) =:= <<"simple_one_for_one">>.

pass_gate(Opener) ->
    Opener ! {answer, self(), at_gate},
    receive open_gate -> ignore end.

post(Sup, _, #{<<"exit">> := Child, <<"reason">> := Reason}) ->
    _ = finish_unheard(Sup, Child, Reason),
    [];
post(Sup, _, #{<<"parent_exit">> := Reason}) ->
    queued(Sup, fun() -> exit(Sup, reason(Reason)) end),
    [];
post(Sup, Path, #{<<"call">> := Call} = Message) ->
    Me = self(),
    queued(Sup, fun() -> spawn(fun() -> Me ! {answer, self(), ask(Call, Sup, Path, Message)} end) end,
           fun(Asker) -> [Asker] end).

ask(<<"count_children">>, Sup, _, _) ->
    attempt(fun() -> counts(Sup) end);
ask(<<"which_children">>, Sup, _, _) ->
    attempt(fun() -> [[name(Id), if is_pid(Child) -> running; true -> Child end]
                      || {Id, Child, _, _} <- supervisor:which_children(Sup)] end);
ask(<<"start_child">>, Sup, Path, #{<<"spec">> := Spec}) ->
    attempt(fun() -> answer(supervisor:start_child(Sup, child_spec(Path, Spec))) end);
ask(<<"start_child">>, Sup, _, #{<<"id">> := Id} = Step) ->
    attempt(fun() -> answer(supervisor:start_child(Sup, [Id, maps:get(<<"start">>, Step, [])])) end);
ask(Call, Sup, Path, #{<<"id">> := Id} = Step) ->
    Target = case Step of
                 #{<<"by_pid">> := true} -> last(join(Path, Id), Id);
                 _ -> Id
             end,
    attempt(fun() -> answer(apply(supervisor, binary_to_existing_atom(Call), [Sup, Target])) end).

attempt(Do) -> try Do() catch exit:_ -> #{error => noproc} end.

last(Path, Otherwise) ->
    case ets:lookup(?WORLD, {last, Path}) of [{_, Pid}] -> Pid; [] -> Otherwise end.

answer(ok) -> ok;
answer({ok, undefined}) -> #{ok => null};
answer({ok, Pid}) -> #{ok => label(Pid)};
answer({error, {already_started, Pid}}) -> #{error => already_started, pid => label(Pid)};
answer({error, {Reason, Child}}) when is_tuple(Child), element(1, Child) =:= child -> #{error => plain(Reason)};
answer({error, Reason}) -> #{error => plain(Reason)}.

%% ---- Ends

%% Lets a worker end by itself, or kills it.
finish(Pid, <<"kill">>) -> gone(Pid, fun() -> exit(Pid, kill) end);
finish(Pid, Reason) -> gone(Pid, fun() -> Pid ! {finish, reason(Reason)} end).

%% The same, and its exit waits in the mailbox of its supervisor.
finish_unheard(Sup, Path, Reason) ->
    case living(Path) of
        none -> not_alive;
        Pid -> queued(Sup, fun() -> finish(Pid, Reason) end), ok
    end.

%% ---- Rest: no supervisor has a message, a dead child or a failed restart before it, seen twice in a row

rest() -> until(all_at_rest, fun() -> all_at_rest() andalso all_at_rest() end).

all_at_rest() -> lists:all(fun at_rest/1, supervisors()).

at_rest({_, Sup}) ->
    try supervisor:which_children(Sup) of
        Children ->
            lists:all(fun({_, restarting, _, _}) -> false;
                         ({_, undefined, _, _}) -> true;
                         ({_, Pid, _, _}) -> is_process_alive(Pid) end, Children)
                andalso process_info(Sup, message_queue_len) =:= {message_queue_len, 0}
    catch exit:_ -> false
    end.

supervisors() ->
    lists:sort([{Path, Pid} || {{pid, Pid}, {supervisor, Path, _}} <- ets:tab2list(?WORLD), is_process_alive(Pid)]).

note_state() -> note(#{ev => state, sups => maps:from_list([{Path, state(Sup)} || {Path, Sup} <- supervisors()])}).

state(Sup) ->
    Children = supervisor:which_children(Sup),
    Rows = [case Id of
                undefined -> [standing(Child), standing(Child), Type];
                _ -> [name(Id), standing(Child), Type]
            end || {Id, Child, Type, _} <- Children],
    Dynamic = [1 || {undefined, _, _, _} <- Children] =/= [],
    #{children => if Dynamic -> lists:sort(Rows); true -> Rows end, counts => counts(Sup)}.

counts(Sup) ->
    Counts = supervisor:count_children(Sup),
    [proplists:get_value(Key, Counts) || Key <- [specs, active, supervisors, workers]].

standing(Pid) when is_pid(Pid) -> label(Pid);
standing(Word) -> atom_to_binary(Word).

name(Id) when is_atom(Id) -> atom_to_binary(Id);
name(Id) -> Id.

living(Path) ->
    case ets:lookup(?WORLD, {last, Path}) of
        [{_, Pid}] -> case is_process_alive(Pid) of true -> Pid; false -> none end;
        [] -> none
    end.

below(Path) ->
    Prefix = <<Path/binary, $.>>,
    [Pid || {{pid, Pid}, {_, Known, _}} <- ets:tab2list(?WORLD),
            Known =:= Path orelse string:prefix(Known, Prefix) =/= nomatch, is_process_alive(Pid)].

known(Pid) -> case ets:lookup(?WORLD, {pid, Pid}) of [{_, Known}] -> Known; [] -> unknown end.

label(Pid) ->
    case known(Pid) of
        {_, Path, N} -> iolist_to_binary([Path, $#, integer_to_binary(N)]);
        unknown -> <<"?">>
    end.

%% ---- The tree

%% Runs in the parent.
start_node(Path, #{<<"strategy">> := _} = Node) ->
    N = attempt_of(Path),
    case supervisor:start_link(?MODULE, {supervisor, Path, N, Node}) of
        {ok, Pid} -> note(event(sup_start, Path, N)), {ok, Pid};
        {error, Reason} -> note(event(sup_start_error, Path, N, Reason)), {error, Reason}
    end;
start_node(Path, Node) ->
    gen_server:start_link(?MODULE, {worker, Path, attempt_of(Path), Node}, []).

start_dynamic(_, _, _, {gate, Opener}) -> pass_gate(Opener);
start_dynamic(Path, Template, Id, Script) -> start_node(join(Path, Id), Template#{<<"start">> => Script}).

attempt_of(Path) -> ets:update_counter(?WORLD, {attempts, Path}, 1, {{attempts, Path}, 0}).

join(Path, Id) -> <<Path/binary, $., Id/binary>>.

enrol(Kind, Path, N) ->
    ets:insert(?WORLD, [{{pid, self()}, {Kind, Path, N}}, {{last, Path}, self()}]).

init({supervisor, Path, N, Node}) ->
    %% Called again when the code changes.
    case ets:lookup(?WORLD, {changed, self()}) of
        [] ->
            enrol(supervisor, Path, N),
            ets:insert(?WORLD, {{strategy, self()}, maps:get(<<"strategy">>, Node)}),
            note(event(sup_init, Path, N)),
            flags(Path, Node);
        [{_, Changed}] ->
            flags(Path, Changed)
    end;
init({worker, Path, N, Node}) ->
    Script = maps:get(<<"start">>, Node, []),
    case lists:nthtail(min(N - 1, length(Script)), Script) of
        [<<"ignore">> | _] -> note(event(start_ignore, Path, N)), ignore;
        [<<"error">> | _] -> note(event(start_error, Path, N, bad_init)), {stop, bad_init};
        [<<"raise">> | _] -> note(event(start_error, Path, N, bad_init)), error(bad_init);
        _ ->
            process_flag(trap_exit, maps:get(<<"trap_exit">>, Node, true)),
            enrol(worker, Path, N),
            note(event(start, Path, N)),
            {ok, maps:get(<<"on_shutdown">>, Node, <<"ok">>)}
    end.

flags(Path, Node) ->
    Strategy = word(<<"strategy">>, Node, one_for_one),
    Flags = #{strategy => Strategy, auto_shutdown => word(<<"auto_shutdown">>, Node, never),
              intensity => maps:get(<<"intensity">>, Node, 1), period => maps:get(<<"period">>, Node, 5)},
    {ok, {Flags, specs(Strategy, Path, Node)}}.

specs(simple_one_for_one, Path, #{<<"template">> := Template}) ->
    Spec = child_spec(Path, Template#{<<"id">> => <<"dyn">>}),
    [Spec#{start := {?MODULE, start_dynamic, [Path, Template]}}];
specs(_, Path, #{<<"children">> := Children}) -> [child_spec(Path, Child) || Child <- Children].

child_spec(Parent, #{<<"id">> := Id} = Node) ->
    Spec = #{id => Id, start => {?MODULE, start_node, [join(Parent, Id), Node]},
             type => case Node of #{<<"strategy">> := _} -> supervisor; _ -> worker end,
             restart => word(<<"restart">>, Node, permanent),
             significant => maps:get(<<"significant">>, Node, false)},
    case Node of
        #{<<"shutdown">> := Ms} when is_integer(Ms) -> Spec#{shutdown => Ms};
        #{<<"shutdown">> := Word} -> Spec#{shutdown => binary_to_atom(Word)};
        _ -> Spec
    end.

word(Key, Node, Default) ->
    case Node of #{Key := Word} -> binary_to_atom(Word); _ -> Default end.

%% ---- Workers

handle_call(_, _, OnStop) -> {reply, ok, OnStop}.
handle_cast(_, OnStop) -> {noreply, OnStop}.
handle_info({finish, Reason}, _) -> put(finishing, true), exit(Reason);
handle_info(_, OnStop) -> {noreply, OnStop}.

terminate(shutdown, OnStop) ->
    case {get(finishing), OnStop} of
        {undefined, <<"hang">>} -> receive never -> ok end;
        {undefined, #{<<"exit">> := Reason}} -> exit(reason(Reason));
        _ -> ok
    end;
terminate(_, _) -> ok.

%% ---- Reports, told in the supervisor's own process

log(#{msg := {report, #{label := {supervisor, Context}, report := Report}}}, _) when Context =/= progress ->
    Offender = proplists:get_value(offender, Report),
    Path = case known(self()) of {_, Known, _} -> Known; unknown -> <<"?">> end,
    Event = #{ev => report, sup => Path, context => Context, id => proplists:get_value(id, Offender),
              reason => plain(proplists:get_value(reason, Report))},
    note(case proplists:get_value(nb_children, Offender) of
             undefined -> Event;
             Count -> Event#{nb_children => Count}
         end);
log(_, _) -> ok.
