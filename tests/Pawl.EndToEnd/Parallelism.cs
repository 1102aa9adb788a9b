// Half of a test is waiting: for processes to start, for looks that are due, for locks. Four at a time keep two cores busy.
[assembly: Xunit.CollectionBehavior(MaxParallelThreads = 4)]
