%% Exit reasons and other terms in the words of the trace format, and the format's JSON.
-module(otp_terms).
-export([reason/1, plain/1, json/1]).

%% The exit reason that a case means.
reason(#{<<"shutdown">> := Detail}) -> {shutdown, Detail};
reason(Word) -> binary_to_atom(Word).

%% What `json` can write of any term.
plain({shutdown, Detail}) -> #{shutdown => plain(Detail)};
plain({failed_to_start_child, Id, Reason}) -> #{failed_to_start_child => plain(Id), reason => plain(Reason)};
plain({Error, Stack}) when is_atom(Error), is_list(Stack) -> Error;
plain(List) when is_list(List) -> [plain(Item) || Item <- List];
plain(Map) when is_map(Map) -> #{map => true};
plain(Word) when is_atom(Word) -> atom_to_binary(Word);
plain(Word) when is_binary(Word); is_integer(Word) -> Word;
plain(Other) -> iolist_to_binary(io_lib:format("~0p", [Other])).

json(Map) when is_map(Map) ->
    [${, lists:join($,, [[json(Key), $:, json(Value)] || {Key, Value} <- lists:sort(maps:to_list(Map))]), $}];
json(List) when is_list(List) -> [$[, lists:join($,, [json(Item) || Item <- List]), $]];
json(Number) when is_integer(Number) -> integer_to_binary(Number);
json(true) -> <<"true">>;
json(false) -> <<"false">>;
json(null) -> <<"null">>;
json(Word) when is_atom(Word) -> json(atom_to_binary(Word));
json(Text) when is_binary(Text) ->
    [$", binary:replace(binary:replace(Text, <<"\\">>, <<"\\\\">>, [global]), <<"\"">>, <<"\\\"">>, [global]), $"].
