using Pawl.Changes;
using Pawl.Changes.Reports;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IChangeStore"/> promises.</summary>
public abstract class ChangeStoreContract(IDatabases databases) : IDisposable
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task TryPut_AFullChange_IsReadBackWhole()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var change = Full("CHG-00000001");

        Assert.True(await PutAsync(database, change));

        var read = database.Changes.Find(change.Id)!;
        Assert.Equal(ChangeJson.Write(change), ChangeJson.Write(read));
        Assert.Equal((change.Winner!.Findings[0], change.Winner.Failures[0].Frames[0]), (read.Winner!.Findings[0], read.Winner.Failures[0].Frames[0]));
        Assert.Null(database.Changes.Find("CHG-00000002"));
    }

    [Fact]
    public async Task TryPut_AnotherVersionThanTheNext_ChangesNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var first = Full("CHG-00000001");
        Assert.False(await PutAsync(database, first with { Version = 2 })); // there is none before it
        Assert.True(await PutAsync(database, first));

        Assert.False(await PutAsync(database, first with { Why = "again" }));
        Assert.False(await PutAsync(database, first with { Version = 3, Why = "too far" }));
        Assert.Equal(first.Why, database.Changes.Find(first.Id)!.Why);
        Assert.True(await PutAsync(database, first with { Version = 2, Why = "next" }));
        Assert.Equal("next", database.Changes.Find(first.Id)!.Why);
    }

    [Fact]
    public async Task Unfinished_SeveralChanges_IsTheNewestOfTheRepositoryAndPurpose()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var working = Full("CHG-00000001") with { Status = ChangeStatus.Working };
        foreach (var change in (Change[])
        [
            working,
            working with { Id = "CHG-00000002", StartedAt = Monday.AddHours(1) },
            working with { Id = "CHG-00000003", StartedAt = Monday.AddHours(2), Status = ChangeStatus.Proposed },
            working with { Id = "CHG-00000004", StartedAt = Monday.AddHours(3), Repository = "/elsewhere" },
            working with { Id = "CHG-00000005", StartedAt = Monday.AddHours(4), Purpose = ChangePurpose.Heal },
        ])
            Assert.True(await PutAsync(database, change));

        Assert.Equal("CHG-00000002", database.Changes.Unfinished("/srv/shöp", ChangePurpose.Issue)!.Id);
        Assert.Equal("CHG-00000005", database.Changes.Unfinished("/srv/shöp", ChangePurpose.Heal)!.Id);
        Assert.Null(database.Changes.Unfinished("/nowhere", ChangePurpose.Heal));
    }

    [Fact]
    public async Task Keep_AResultTwice_IsTheLastOneOfItsCommitAndGate()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var red = new GateResult([new CheckResult
        {
            Id = "test",
            Required = true,
            Status = CheckStatus.Failed,
            Cause = CheckCause.Tests,
            Why = "1 of 2 tests failed.",
            Report = new TestReport([new TestCase { Id = "a ✓", Status = TestStatus.Failed, Message = "it's \"so\"" }, new TestCase { Id = "b", Status = TestStatus.Passed, File = "b.cs", Line = 7 }]),
            Failures = [new GateFailure { Check = "test", Test = "a ✓", Message = "no", Frames = ["a.cs:1"], Fingerprint = "00" }],
            FlakyTests = ["c"],
            Notes = ["left 1 process behind"],
            Took = TimeSpan.FromMilliseconds(1234.5),
        }]);

        await KeepAsync(database, "commit", "gate", new GateResult([]));
        await KeepAsync(database, "commit", "gate", red);
        await KeepAsync(database, "other", "gate", new GateResult([]));

        Assert.Equal(ChangeJson.Write(red), ChangeJson.Write(database.Changes.Baseline("commit", "gate")!));
        Assert.False(database.Changes.Baseline("commit", "gate")!.IsGreen);
        Assert.True(database.Changes.Baseline("other", "gate")!.IsGreen);
        Assert.Null(database.Changes.Baseline("commit", "another gate"));
    }

    [Theory]
    [InlineData("update changes set document = '{'")]
    [InlineData("update changes set document = 'null'")]
    [InlineData("update changes set document = '{}'")]
    [InlineData("update changes set document = replace(document, 'Bubblewrap', 'Cardboard')")]
    public async Task Find_WhatIsDamaged_IsUnavailableAndSaysWhatToDo(string damage)
    {
        var where = await databases.CreateAsync();
        await using (var database = Database.Open(where)) Assert.True(await PutAsync(database, Full("CHG-00000001")));
        databases.Execute(where, damage);
        await using var damaged = Database.Open(where);

        Assert.Contains("Restore the database from a backup.", Assert.Throws<UnavailableException>(() => damaged.Changes.Find("CHG-00000001")).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private static Task<bool> PutAsync(Database database, Change change) => database.WriteAsync(transaction => database.Changes.TryPut(transaction, change), TestContext.Current.CancellationToken);

    private static Task<bool> KeepAsync(Database database, string commit, string gate, GateResult result) => database.WriteAsync(
        transaction =>
        {
            database.Changes.Keep(transaction, commit, gate, result, Monday);
            return true;
        },
        TestContext.Current.CancellationToken);

    private static Change Full(string id) => new()
    {
        Id = id,
        Version = 1,
        Purpose = ChangePurpose.Issue,
        Repository = "/srv/shöp",
        IsGit = true,
        Base = new string('a', 40),
        Branch = "agent/12-it-s-broken",
        Issue = new StoredIssue("It's \"broken\"", "ä😀\nline", "https://example.org/o/r/issues/12", ["1 invisible character"], 12),
        Gate = new string('b', 64),
        Agent = "scripted",
        AgentDigest = new string('c', 64),
        Actor = "os:mara",
        StartedAt = Monday.AddTicks(1),
        Sandbox = SandboxRung.Bubblewrap,
        SandboxHolds = "bubblewrap: no network",
        Attempts = 3,
        Allowed = [FindingKind.LockFile],
        Remote = "origin",
        Pushes = true,
        RemoteUrl = "https://example.org/o/r.git",
        OpensPullRequest = true,
        Run = "run_1",
        Lanes =
        [
            new Lane
            {
                Number = 1,
                Stopped = "It is green.",
                Attempts =
                [
                    new Attempt
                    {
                        Number = 1,
                        Agent = new AgentReport { End = CommandEnd.Exited, ExitCode = 0, Said = "done", Notes = ["n"], Tokens = 1234, CostUsd = 0.25m, Took = TimeSpan.FromSeconds(1.5) },
                        Tree = new string('d', 40),
                        Files = 2,
                        Paths = ["a b.cs", "ü.cs"],
                        AddedLines = 3,
                        RemovedLines = 1,
                        PatchBytes = 400,
                        IsGreen = true,
                        Failures = [new GateFailure { Check = "test", Test = "t", Frames = ["a.cs:3"], Fingerprint = "f" }],
                        Findings = [new Finding(FindingKind.LockFile, "yarn.lock", "touched")],
                        Notes = ["the check test left 1 process behind"],
                        Clean = new Verdict { Checks = [new VerdictLine("test", CheckStatus.Flaky, true, "why")], Passed = 5, Skipped = 1, Known = NamedTests.Of(["k"]), Fixed = NamedTests.Of(["x"]), Flaky = NamedTests.Of(["y"]), NewTests = new NamedTests(250, ["n"]), NewTestsThatFailWithout = 1, GateRuns = 4 },
                        Receipts = ["AGENT-1", "GATE-1"],
                        Fingerprint = "0123",
                    },
                ],
            },
        ],
        Status = ChangeStatus.Proposed,
        Why = "Proposed.",
        Chosen = 1,
        Commit = new string('e', 40),
        PatchDigest = new string('f', 64),
        Checkpoint = "o 1 r",
        IsDelivered = true,
        IsProposed = true,
        IsPushed = true,
        PullRequest = "https://example.org/o/r/pull/1",
        EndedAt = Monday.AddHours(1),
    };
}

public sealed class SqliteChangeStoreTests() : ChangeStoreContract(new SqliteDatabases());

public sealed class PostgresChangeStoreTests(PostgresCluster cluster) : ChangeStoreContract(new PostgresDatabases(cluster));
