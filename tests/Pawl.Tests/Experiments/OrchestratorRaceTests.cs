using Pawl.Experiments;
using Pawl.Tests.Contracts;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>Several orchestrators with database connections of their own, as processes have them, on one experiment.</summary>
public sealed class OrchestratorRaceTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Advance_OnOneSqliteFile_MakesOneLookAndOneVerdict()
    {
        using var databases = new SqliteDatabases();
        await RaceAsync(databases);
    }

    [Fact]
    public async Task Advance_OnOnePostgres_MakesOneLookAndOneVerdict()
    {
        PostgresCluster.Require();
        using var databases = new PostgresDatabases(cluster);
        await RaceAsync(databases);
    }

    [Theory]
    [InlineData(0.38, 0.01, "promote")]
    [InlineData(0.30, 0.20, "guardrail_stop")]
    public async Task Advance_AnotherOneDoesItAllInBetween_IsNoFailureAndNoRefusal(double level, double defects, string state)
    {
        var moments = await AtEachReadAsync(level, defects, async scene => await scene.AdvanceAsync(), scene =>
        {
            Assert.Equal(state, scene.All.Single().State);
            Assert.All(scene.Receipts, receipt => Assert.True(receipt.Ok, $"{receipt.Tool}: {receipt.Message}"));
        });

        Assert.InRange(moments, 5, 50);
    }

    [Fact]
    public async Task Advance_APersonRollsBackInBetween_IsRolledBackWheneverThatWas()
    {
        var moments = await AtEachReadAsync(
            0.38, 0.01,
            async scene => Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").RollBackAsync(scene.All.Single().Id, "stop that", TestContext.Current.CancellationToken)),
            scene =>
            {
                Assert.Equal("rollback", scene.All.Single().State);
                Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
            });

        Assert.InRange(moments, 5, 50);
    }

    // Something happens each time the flag is read during one turn, which is before whatever the turn does; in a scene of its own for each of those moments.
    private static async Task<int> AtEachReadAsync(double level, double defects, Func<OrchestratorScene, Task> meanwhile, Action<OrchestratorScene> assert)
    {
        for (var moment = 1; ; moment++)
        {
            await using var scene = new OrchestratorScene();
            scene.Level("conversion", level);
            await scene.StartAsync();
            scene.Level("defect_rate", defects);
            scene.Clock.Advance(TimeSpan.FromDays(2));
            var reads = 0;
            scene.Flags.Reads = served =>
            {
                if (Interlocked.Increment(ref reads) == moment) Task.Run(() => meanwhile(scene)).GetAwaiter().GetResult();
                return served;
            };

            var outcome = await scene.AdvanceAsync();

            if (reads < moment) return moment - 1;
            Assert.IsType<AdvanceOutcome.Ended>(outcome);
            assert(scene);
            scene.AssertWhole();
        }
    }

    private static async Task RaceAsync(IDatabases databases)
    {
        foreach (var (level, defects, state) in new[] { (0.38, 0.01, "promote"), (0.30, 0.20, "guardrail_stop") })
        {
            for (var round = 0; round < LongRun.Scale(2, 20); round++)
            {
                var where = await databases.CreateAsync();
                await using var first = new OrchestratorScene(where);
                await using var second = new OrchestratorScene(where, first);
                first.Level("conversion", level);
                first.Level("defect_rate", defects);
                await first.Database.WriteAsync(_ => true, TestContext.Current.CancellationToken);
                OrchestratorScene[] both = [first, second];

                var started = await Task.WhenAll(both.Select(scene => Task.Run(() => scene.TryStartAsync())));
                Assert.All(started, outcome => Assert.IsType<StartOutcome.Started>(outcome));
                for (var day = 0; day < 3; day++)
                {
                    first.Clock.Advance(TimeSpan.FromDays(1));
                    await Task.WhenAll(both.Select(scene => Task.Run(() => scene.AdvanceAsync())));
                }

                Assert.Equal(state, first.All.Single().State);
                Assert.All(first.Receipts, receipt => Assert.True(receipt.Ok, $"{receipt.Tool}: {receipt.Message}"));
                Assert.Equal(3, first.Flag.Version);
                first.AssertWhole();
            }
        }
    }
}
