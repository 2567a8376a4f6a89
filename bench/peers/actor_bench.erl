%% The same four exercises as bench/supervisor, on Erlang processes. Prints one line a figure: name nanoseconds.
%% erlc actor_bench.erl && erl -noshell -run actor_bench main
-module(actor_bench).
-behaviour(gen_server).
-export([main/0, main/1, init/1, handle_call/3, handle_cast/2, handle_info/2, start_worker/0]).

main(_) -> main().
main() ->
    io:format("send ~p~n", [best(fun send/0)]),
    io:format("call ~p~n", [best(fun call/0)]),
    io:format("start ~p~n", [best(fun start_children/0)]),
    io:format("restart ~p~n", [lists:min([restart() || _ <- lists:seq(1, 200)])]),
    halt(0).

best(Exercise) -> lists:min([Exercise() || _ <- lists:seq(1, 5)]).

per(N, Run) ->
    T0 = erlang:monotonic_time(nanosecond),
    Run(),
    (erlang:monotonic_time(nanosecond) - T0) / N.

send() ->
    N = 1000000,
    Pid = spawn(fun() -> sink(0) end),
    per(N, fun() ->
        flood(Pid, N),
        Pid ! {done, self()},
        receive {count, N} -> ok end
    end).

flood(_, 0) -> ok;
flood(Pid, N) -> Pid ! tick, flood(Pid, N - 1).

sink(Count) ->
    receive
        tick -> sink(Count + 1);
        {done, From} -> From ! {count, Count}
    end.

call() ->
    N = 300000,
    {ok, Pid} = gen_server:start(?MODULE, worker, []),
    Time = per(N, fun() -> [gen_server:call(Pid, get) || _ <- lists:seq(1, N)] end),
    gen_server:stop(Pid),
    Time.

start_children() ->
    N = 100000,
    process_flag(trap_exit, true),
    {ok, Sup} = supervisor:start_link(?MODULE, dynamic),
    Time = per(N, fun() -> [supervisor:start_child(Sup, []) || _ <- lists:seq(1, N)] end),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> ok end,
    Time.

restart() ->
    N = 100, %% few, because the supervisor walks its whole restart history at each restart
    process_flag(trap_exit, true),
    logger:set_primary_config(level, none),
    {ok, Sup} = supervisor:start_link(?MODULE, static),
    Time = per(N, fun() -> crash(Sup, N) end),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, _} -> ok end,
    Time.

crash(_, 0) -> ok;
crash(Sup, N) ->
    [{_, Pid, _, _}] = supervisor:which_children(Sup),
    exit(Pid, kill),
    crash(Sup, N - 1).

start_worker() -> gen_server:start_link(?MODULE, worker, []).

init(worker) -> {ok, 0};
init(dynamic) -> {ok, {#{strategy => simple_one_for_one}, [child(temporary)]}};
init(static) -> {ok, {#{intensity => 1000000, period => 1}, [child(permanent)]}}.

child(Restart) -> #{id => worker, start => {?MODULE, start_worker, []}, restart => Restart}.

handle_call(get, _From, State) -> {reply, State, State}.
handle_cast(_, State) -> {noreply, State}.
handle_info(_, State) -> {noreply, State}.
