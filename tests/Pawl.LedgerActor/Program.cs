using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pawl.Changes;
using Pawl.Experiments;
using Pawl.Experiments.Flagd;
using Pawl.Experiments.Golden;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Runs;
using Pawl.Storage;
using Pawl.Tests.Experiments;

// A process that acts and leaves receipts, for tests that need several, or one to kill.
//
//   append DB NAME COUNT          appends receipts NAME-0, NAME-1, … and says each number once it is durable
//   effect DB FILE KEY            intends to add a line to FILE, adds it, and completes; says each step and goes on after a line of input
//   flagd DB FILE                 makes an experiment's flag in a file of flagd definitions; says so before the receipt commits, goes on after a line of input
//   golden DB FILE WHEN N         carries the golden trace in FILE to its end, and dies WHEN (before, after) the N-th write commits; N 0: never. Says the steps made
//   change DB REPO FOLDER AGENT WHEN N   makes or resumes a change in a repository, and dies WHEN (before, after) its N-th write commits; N 0: never
//   reconcile DB FILE             follows up all intents by looking into FILE; says how many results it appended
await using var database = Database.Open(args[1]);
var receipts = new ReceiptLedger(database.Ledger, TimeProvider.System);
return args[0] switch
{
    "append" => await AppendAsync(args[2], int.Parse(args[3], CultureInfo.InvariantCulture)),
    "effect" => await EffectAsync(args[2], args[3]),
    "flagd" => await FlagdAsync(args[2]),
    "golden" => await GoldenAsync(args[2], args[3] == "before", int.Parse(args[4], CultureInfo.InvariantCulture)),
    "change" => await ChangeAsync(args[2], args[3], args[4], args[5] == "before", int.Parse(args[6], CultureInfo.InvariantCulture)),
    "reconcile" => await ReconcileAsync(args[2]),
    _ => 64,
};

async Task<int> AppendAsync(string name, int count)
{
    // A few at once, as a server would.
    for (var n = 0; n < count; n += 8)
    {
        var works = Enumerable.Range(n, Math.Min(8, count - n)).Select(i => database.WriteAsync(tx => receipts.Append(tx, Draft($"{name}-{i}"))));
        foreach (var outcome in await Task.WhenAll(works)) Console.WriteLine(((AppendOutcome.Appended)outcome).Receipt.Seq);
    }

    return 0;
}

async Task<int> EffectAsync(string file, string key)
{
    var intent = (AppendOutcome.Appended)await database.WriteAsync(tx => receipts.Append(tx, Draft(key) with { Kind = ReceiptKind.Intent, Ok = false }));
    Step("intended");
    await File.AppendAllTextAsync(file, key + "\n");
    Step("made");
    await database.WriteAsync(tx => receipts.Close(tx, intent.Receipt, "os:test", new IntentResult(Ok: true, $"DONE-{key}", "made")));
    Step("completed");
    return 0;
}

async Task<int> FlagdAsync(string file)
{
    var request = (RequestReading.Complete)RequestReader.Read(
        """
        domain: prompts
        slug: crash
        treatment_spec:
          control: a
          treatmentA: b
        primary_metric: CSAT
        mde: 0.01
        max_duration_days: 14
        baseline: {mean: 0.62, variance: 0.2356, units_per_day: 8000}
        """u8.ToArray(),
        [new KnownMetric("CSAT", MetricKind.Mean, Pawl.Statistics.Side.Greater)]);
    var contract = Contract.Create(
        request.Request, [new KnownMetric("CSAT", MetricKind.Mean, Pawl.Statistics.Side.Greater)], new PolicyJudgement("p.v1", [new PolicyFinding("p.v1#domains", true, "")], DemandsApproval: false));
    var step = new FlagStep
    {
        Kind = FlagStepKind.Create,
        Contract = contract,
        ExpectedVersion = 0,
        Key = "CreateFlag/crash",
        Args = JsonSerializer.SerializeToElement("crash"),
        Actor = "os:test",
    };
    var outcome = await new FlagdFileProvider(file, database, receipts, TimeProvider.System).ApplyAsync(step, (_, _) => Step("made"), default);
    Console.WriteLine(outcome is FlagStepOutcome.Done { Version: 1 } ? "done" : outcome.ToString());
    return 0;
}

async Task<int> GoldenAsync(string file, bool isBefore, int write)
{
    await database.WriteAsync(_ => true); // makes the database
    // The clock of the trace goes on where the last process died.
    var last = database.Ledger.Read(view => view.List(new LedgerQuery(Limit: 1)));
    var clock = new GoldenClock(last.Count > 0 ? last[0].At : new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero));
    if (database.Experiments.Read(view => view.All()).Any(experiment => experiment.EndedAt is not null)) return 0;
    var store = new DyingStore(database, write, isBefore, () => Process.GetCurrentProcess().Kill());
    var result = await GoldenRunner.RunAsync(
        GoldenReader.Read(await File.ReadAllBytesAsync(file)),
        new ExperimentServices
        {
            Store = store,
            Experiments = database.Experiments,
            Receipts = database.Ledger,
            Flags = new PawlFlagProvider(store, database.Flags, new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, clock))),
            Metrics = new Dictionary<string, MetricDefinition>(StringComparer.Ordinal),
            Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal),
            Policy = new Policy { Id = "none" },
            Clock = clock,
            Actor = "os:test",
        },
        clock);
    foreach (var step in result.Steps) Console.WriteLine(step);
    return 0;
}

async Task<int> ChangeAsync(string repository, string folder, string agent, bool isBefore, int write)
{
    await database.WriteAsync(_ => true); // makes the database
    await using var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = Path.Combine(folder, "spill") });
    var services = new ChangeServices
    {
        Store = new DyingStore(database, write, isBefore, () => Process.GetCurrentProcess().Kill()),
        Changes = database.Changes,
        Receipts = database.Ledger,
        SignAsync = _ => Task.FromResult<Checkpoint?>(null),
        Recorder = recorder,
        Folder = folder,
        Time = TimeProvider.System,
        Actor = "os:test",
    };
    var request = new ChangeRequest
    {
        Purpose = ChangePurpose.Issue,
        Folder = repository,
        Issue = new StoredIssue("Add numbers", "add 1 2 is 3; it gives -1.", "ISSUE.md", [], null),
        Agent = new AgentSettings().With(agent),
    };
    if (database.Changes.Unfinished(repository, ChangePurpose.Issue) is { } begun) await ChangeWork.ResumeAsync(services, request, begun, default);
    else if (Directory.Exists(Path.Combine(repository, ".git/refs/heads/agent"))) return 0; // it has ended
    else await ChangeWork.RunAsync(services, request, default);
    return 0;
}

async Task<int> ReconcileAsync(string file)
{
    var reconciler = new Reconciler(database, database.Ledger, TimeProvider.System, "pawl:reconciler", new Dictionary<string, ReadBackAsync>(StringComparer.Ordinal)
    {
        ["AddLine"] = (intent, _) => Task.FromResult<ReadBack>(File.Exists(file) && File.ReadAllLines(file).Contains(intent.Key)
            ? new ReadBack.Done($"DONE-{intent.Key}", "its line is there")
            : new ReadBack.NotDone("its line is not there")),
    });
    var all = await reconciler.RunAsync(TimeSpan.Zero);
    Console.WriteLine(all.Count(r => r is Reconciled.Completed or Reconciled.Reopened).ToString(CultureInfo.InvariantCulture));
    return 0;
}

static void Step(string what)
{
    Console.WriteLine(what);
    Console.ReadLine();
}

static ReceiptDraft Draft(string key) => new()
{
    Tool = "AddLine",
    Ref = key,
    Key = key,
    Args = JsonSerializer.SerializeToElement(key),
    Actor = "os:test",
    Subject = "file:lines",
    Message = "a line",
};
