/** What Erlang's processes and Elixir's registry do, measured on the real ones; tests cite the ids in their titles. */
export const processFacts: readonly {
  readonly id: string;
  readonly source: string;
  readonly sentence: string;
}[] = [
  {
    id: '1.4-01',
    source: 'erlang:exit/2',
    sentence: 'An exit signal normal is ignored, and a message to those who trap exits.',
  },
  {
    id: '1.4-02',
    source: 'erlang:exit/2',
    sentence: 'Shutdown ends those who do not trap exits; kill ends everybody.',
  },
  {
    id: '1.4-03',
    source: 'erlang:link/1',
    sentence: 'The linked peer of a killed process gets killed, which it can trap.',
  },
  {
    id: '1.4-04',
    source: 'erlang:link/1',
    sentence: 'A linked process survives a normal end and follows any other with the same reason.',
  },
  {
    id: '1.4-05',
    source: 'erlang:link/1',
    sentence: 'A link to a dead process is an exit noproc, or an error to those who do not trap exits.',
  },
  {
    id: '1.4-06',
    source: 'erlang:monitor/2',
    sentence: 'A monitor of the dead or unknown is down with noproc and names what was asked for.',
  },
  { id: '1.4-07', source: 'erlang:monitor/2', sentence: 'Two monitors give two downs, two links one exit.' },
  { id: '1.4-08', source: 'erlang:demonitor/2', sentence: 'After demonitor with flush no down is left.' },
  { id: '1.4-09', source: 'gen_server', sentence: 'A throw ends the process with what was thrown.' },
  { id: '1.4-10', source: 'gen_server:call/2', sentence: 'A call to the dead or unknown fails with noproc.' },
  {
    id: '1.4-11',
    source: 'gen_server:call/2',
    sentence: 'A call gives up after 5,000 ms; the late reply is dropped.',
  },
  {
    id: '1.4-12',
    source: 'gen_server:call/2',
    sentence: 'A call fails with the reason of a callee that ends without a reply, also with normal.',
  },
  { id: '1.4-13', source: 'gen_server:call/2', sentence: 'A process that calls itself is told so.' },
  { id: '1.4-14', source: 'gen_server:cast/2', sentence: 'A cast to the dead or unknown is dropped.' },
  {
    id: '1.4-15',
    source: 'gen_server:init/1',
    sentence: 'init may stop, decline, throw or time out; nothing is left of it.',
  },
  {
    id: '1.4-16',
    source: 'gen_server:start/4',
    sentence: 'A taken name refuses the start with already_started.',
  },
  {
    id: '1.4-17',
    source: 'gen_server:terminate/2',
    sentence: 'terminate is called for an orderly stop, not for an untrapped signal or a kill.',
  },
  {
    id: '1.4-18',
    source: 'erlang:send/2',
    sentence: 'Messages from one sender to one receiver keep their order.',
  },
  { id: '1.4-19', source: 'receive', sentence: 'A selective receive keeps the rest in order.' },
  {
    id: '1.5-r01',
    source: 'Registry.register/3',
    sentence: 'A unique key has one owner; the second is refused with the pid of the first.',
  },
  {
    id: '1.5-r02',
    source: 'Registry.register/3',
    sentence: 'A duplicate key has many owners, and one owner may have it twice.',
  },
  {
    id: '1.5-r03',
    source: 'Registry',
    sentence: 'The entries of an owner are gone when it ends, and the dead are never found.',
  },
  {
    id: '1.5-r04',
    source: 'Registry.update_value/3',
    sentence: 'Only the owner of a unique key changes its value.',
  },
  {
    id: '1.5-r05',
    source: 'Registry.unregister/2',
    sentence: 'unregister removes all entries of the owner under the key, and nobody else’s.',
  },
  {
    id: '1.5-r06',
    source: 'Registry.keys/2',
    sentence: 'keys, lookup, count, match and select show what is registered.',
  },
  {
    id: '1.5-r07',
    source: 'Registry.dispatch/3',
    sentence: 'dispatch runs in the caller, and not at all without entries.',
  },
  {
    id: '1.5-r08',
    source: 'Registry.start_link/1',
    sentence: 'Listeners get register and unregister messages, also when an owner ends.',
  },
  {
    id: '1.5-r09',
    source: 'Registry.whereis_name/1',
    sentence: 'A via-address finds the owner of the moment; without one a call fails with noproc.',
  },
  { id: '1.5-r10', source: 'Registry.put_meta/3', sentence: 'A registry keeps values of its own.' },
];
