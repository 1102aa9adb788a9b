using Pawl.Experiments;
using Pawl.Storage;
using Pawl.Tests.Experiments;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IExperimentStore"/> promises.</summary>
public abstract class ExperimentStoreContract(IDatabases databases) : IDisposable
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task TryPut_AFullExperiment_IsReadBackWhole()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var experiment = Registered("whole") with
        {
            RunId = "RUN-12345678",
            StartedAt = Monday.AddTicks(1),
            AllocatedAt = Monday.AddTicks(2),
            StoppedAt = Monday.AddDays(3),
            FlagVersion = 2,
            RampStep = 1,
            WidenTo = 2,
            ReadyLooks = 3,
            Looks = 4,
            LastLookAt = Monday.AddDays(2),
            LastVerdictLookAt = Monday.AddDays(1),
            UnmeasuredSince = Monday.AddDays(2),
            Approval = new ApprovalState("treatmentA", Monday.AddDays(1), "os:mara"),
            Information = new Dictionary<string, IReadOnlyList<double>> { ["treatmentA"] = [0.1, 1.0 / 3] },
            Beyond = ["latency_p95/treatmentA"],
            Verdict = new Verdict.Promote("treatmentA", [new VerdictReason(VerdictCode.Better, "better \"ä😀\"", "treatmentA", "CSAT")]),
            EndingVersion = 3,
            SettledVersion = 4,
            Ticket = "https://example.org/12",
            Snapshot = new string('a', 64),
            EndedAt = Monday.AddDays(3).AddTicks(7),
        };

        Assert.True(await PutAsync(database, experiment));

        var read = Find(database, experiment.Id)!;
        Assert.Equal(ExperimentJson.Progress(experiment), ExperimentJson.Progress(read));
        Assert.Equal((experiment.Contract.Hash, 1L, "promote", false), (read.Contract.Hash, read.Version, read.State, read.IsActive));
        Assert.Equal((experiment.EndedAt, experiment.StartedAt), (read.EndedAt, read.StartedAt));
        Assert.Null(Find(database, "EXP-00000000"));
    }

    [Fact]
    public async Task TryPut_AnotherVersionThanTheNext_ChangesNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var first = Registered("cas");
        Assert.False(await PutAsync(database, first with { Version = 2 })); // there is none before it
        Assert.True(await PutAsync(database, first));

        Assert.False(await PutAsync(database, first with { RegisteredBy = "os:other" }));
        Assert.False(await PutAsync(database, first with { Version = 3, Looks = 9 }));
        Assert.Equal(("os:test", 1L, 0), Said());
        Assert.True(await PutAsync(database, first with { Version = 2, Looks = 1 }));
        Assert.False(await PutAsync(database, first with { Version = 2, Looks = 2 }));

        Assert.Equal(("os:test", 2L, 1), Said());
        await Assert.ThrowsAsync<ArgumentException>(() => PutAsync(database, first with { Version = 0 }));

        (string, long, int) Said() => Find(database, first.Id) is { } now ? (now.RegisteredBy, now.Version, now.Looks) : default;
    }

    [Fact]
    public async Task TryPut_AWorkThatThrows_KeepsNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var experiment = Registered("thrown");
        await database.WriteAsync(_ => true, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<NotSupportedException>(() => database.WriteAsync<bool>(
            transaction =>
            {
                Assert.True(database.Experiments.TryPut(transaction, experiment));
                Assert.NotNull(database.Experiments.View(transaction).Find(experiment.Id)); // a transaction sees its own work
                throw new NotSupportedException();
            },
            TestContext.Current.CancellationToken));

        Assert.Null(Find(database, experiment.Id));
    }

    [Fact]
    public async Task TryPut_TwoWritersAtOnce_OneOfEachVersionWins()
    {
        var where = await databases.CreateAsync();
        await using var a = Database.Open(where);
        await using var b = Database.Open(where);
        var experiment = Registered("race");
        Assert.True(await PutAsync(a, experiment));
        for (var version = 2; version <= 21; version++)
        {
            var next = experiment with { Version = version };
            var won = await Task.WhenAll(
                Task.Run(() => PutAsync(a, next with { RunId = "RUN-a" })),
                Task.Run(() => PutAsync(b, next with { RunId = "RUN-b" })));
            Assert.Single(won, true);
            Assert.Equal((version, won[0] ? "RUN-a" : "RUN-b"), (Find(a, experiment.Id)!.Version, Find(b, experiment.Id)!.RunId));
        }
    }

    [Fact]
    public async Task Active_SomeEnded_CountsThoseThatHaveNot()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        Assert.True(await PutAsync(database, Registered("one")));
        Assert.True(await PutAsync(database, Registered("two") with { RegisteredAt = Monday.AddDays(1), Verdict = new Verdict.Inconclusive([]) }));
        Assert.True(await PutAsync(database, Registered("three") with { RegisteredAt = Monday.AddDays(2), Verdict = new Verdict.Inconclusive([]), EndedAt = Monday.AddDays(3) }));

        Assert.Equal(2, database.Experiments.Read(view => view.Active)); // a verdict that is not carried out yet still counts
        Assert.Equal(["prompts.three", "prompts.two", "prompts.one"], database.Experiments.Read(view => view.All()).Select(experiment => experiment.Contract.Terms.FlagKey));

        Assert.True(await PutAsync(database, Registered("one") with { Version = 2, EndedAt = Monday }));
        Assert.Equal(1, database.Experiments.Read(view => view.Active));
    }

    [Fact]
    public async Task Add_Looks_AreReadInOrderAndByNumber()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var random = new RandomLooks(5);
        var looks = Enumerable.Range(1, 12).Select(number => random.Next() with { Number = number }).ToList();
        foreach (var look in looks.OrderByDescending(look => look.Number)) await WriteAsync(database, transaction => database.Experiments.Add(transaction, "EXP-1", look));
        await WriteAsync(database, transaction => database.Experiments.Add(transaction, "EXP-2", looks[0]));

        Assert.Equal(looks.Select(ExperimentJson.Look), database.Experiments.Read(view => view.Looks("EXP-1")).Select(ExperimentJson.Look));
        Assert.Equal(ExperimentJson.Look(looks[10]), ExperimentJson.Look(database.Experiments.Read(view => view.Look("EXP-1", 11))!));
        Assert.Null(database.Experiments.Read(view => view.Look("EXP-1", 13)));
        Assert.Empty(database.Experiments.Read(view => view.Looks("EXP-3")));
    }

    [Fact]
    public async Task Add_ALookOfANumberThatIsThere_IsNotKept()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var look = new RandomLooks(6).Next() with { Number = 1, Faults = ["first"] };
        await WriteAsync(database, transaction => database.Experiments.Add(transaction, "EXP-1", look));

        await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync(database, transaction => database.Experiments.Add(transaction, "EXP-1", look with { Faults = ["second"] })));

        Assert.Equal(["first"], Assert.Single(database.Experiments.Read(view => view.Looks("EXP-1"))).Faults);
    }

    [Fact]
    public async Task Add_Tickets_AreReadOldestFirstAndOneOfAnIdOnce()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var ticket = new StoredTicket("TICKET-1", "EXP-1", Monday, "it's \"broken\"", "ä😀\nline", "high", ["mara", "o'neill"]);
        var earlier = ticket with { Id = "TICKET-2", At = Monday.AddHours(-1), Owners = [] };
        foreach (var one in new[] { ticket, earlier, ticket with { Title = "again" }, ticket with { Id = "TICKET-3", Experiment = "EXP-2" } })
            await WriteAsync(database, transaction => database.Experiments.Add(transaction, one));

        var tickets = database.Experiments.Read(view => view.Tickets("EXP-1"));

        Assert.Equal(["TICKET-2", "TICKET-1"], tickets.Select(t => t.Id));
        Assert.Equal((ticket.Title, ticket.Description, ticket.At), (tickets[1].Title, tickets[1].Description, tickets[1].At));
        Assert.Equal(ticket.Owners, tickets[1].Owners);
    }

    [Fact]
    public async Task Add_ASnapshotTwice_IsKeptOnce()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var snapshot = new Snapshot(new string('b', 64), "<p>ä😀</p>", """{"a":1}""");
        await WriteAsync(database, transaction => database.Experiments.Add(transaction, snapshot));
        await WriteAsync(database, transaction => database.Experiments.Add(transaction, snapshot with { Html = "other" }));

        Assert.Equal(snapshot, database.Experiments.Read(view => view.Snapshot(snapshot.Digest)));
        Assert.Equal(1, database.Read(db => db.Number("select count(*) from snapshots")));
        Assert.Null(database.Experiments.Read(view => view.Snapshot(new string('c', 64))));
    }

    [Theory]
    [InlineData("update experiments set progress = '{'")]
    [InlineData("update experiments set progress = '{}'")]
    [InlineData("update experiments set progress = 'null'")]
    [InlineData("update experiments set progress = replace(progress, '\"looks\":0', '\"looks\":\"many\"')")]
    [InlineData("update experiments set progress = replace(progress, '2026-03-02', '2026-13-02')")]
    [InlineData("update experiments set contract = '[]'")]
    [InlineData("update experiments set contract = replace(contract, '0.01', '0.02')")]
    [InlineData("update experiments set contract = ''")]
    public async Task Find_WhatIsDamaged_IsUnavailableAndSaysWhatToDo(string damage)
    {
        var where = await databases.CreateAsync();
        var experiment = Registered("damage");
        await using (var database = Database.Open(where)) Assert.True(await PutAsync(database, experiment));
        databases.Execute(where, damage);
        await using var damaged = Database.Open(where);

        Assert.Contains("Restore the database from a backup.", Assert.Throws<UnavailableException>(() => Find(damaged, experiment.Id)).Message, StringComparison.Ordinal);
        Assert.Throws<UnavailableException>(() => damaged.Experiments.Read(view => view.All()));
        await Assert.ThrowsAsync<UnavailableException>(() => damaged.WriteAsync(transaction => damaged.Experiments.View(transaction).Find(experiment.Id), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("update experiment_looks set report = ''")]
    [InlineData("update experiment_looks set report = '{}'")]
    [InlineData("update experiment_looks set report = '7'")]
    [InlineData("update tickets set owners = 'mara'")]
    [InlineData("update tickets set owners = '[1]'")]
    [InlineData("update tickets set owners = 'null'")]
    public async Task Looks_WhatIsDamaged_IsUnavailable(string damage)
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        await WriteAsync(database, transaction =>
        {
            database.Experiments.Add(transaction, "EXP-1", new RandomLooks(7).Next() with { Number = 1 });
            database.Experiments.Add(transaction, new StoredTicket("TICKET-1", "EXP-1", Monday, "t", "d", "high", []));
        });
        databases.Execute(where, damage);

        Assert.Throws<UnavailableException>(() => database.Experiments.Read(view => (view.Looks("EXP-1"), view.Tickets("EXP-1"))));
    }

    [Fact]
    public async Task Read_NoDatabaseYet_IsUnavailable()
    {
        await using var database = Database.Open(await databases.CreateAsync());

        Assert.Throws<UnavailableException>(() => database.Experiments.Read(view => view.All()));
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

    private static Experiment Registered(string slug) => new() { Contract = Experiments.Contracts.With(("slug", $"slug: {slug}")), Version = 1, RegisteredAt = Monday, RegisteredBy = "os:test" };

    private static Experiment? Find(Database database, string id) => database.Experiments.Read(view => view.Find(id));

    private static Task<bool> PutAsync(Database database, Experiment experiment) => database.WriteAsync(transaction => database.Experiments.TryPut(transaction, experiment));

    private static Task WriteAsync(Database database, Action<ITransaction> write) => database.WriteAsync(transaction =>
    {
        write(transaction);
        return true;
    });
}

public sealed class SqliteExperimentStoreTests() : ExperimentStoreContract(new SqliteDatabases());

public sealed class PostgresExperimentStoreTests(PostgresCluster cluster) : ExperimentStoreContract(new PostgresDatabases(cluster));
