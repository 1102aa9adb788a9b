// Many tests wait for processes, servers and git more than they compute. Four at a time keep two cores busy.
[assembly: Xunit.CollectionBehavior(MaxParallelThreads = 4)]
