using System.Text.Json;
using Pawl.Runs;
using Pawl.Runs.Formats;
using Xunit;

namespace Pawl.Tests.Runs.Formats;

/// <summary>Real trajectories of a real model. The numbers hold for the two files that the tests are named after.</summary>
public sealed class SharedRunsTests
{
    [Fact]
    public async Task Import_TauAirlineJson_Gives100RunsWith572DecisionsOnceHoweverOftenItComes()
    {
        var path = SharedData.Require("runs/tau-airline.json");
        await using var importing = new Importing();

        var report = await importing.TauAsync(path, "airline-support");
        var again = await importing.TauAsync(path, "airline-support");

        Assert.Equal((100, 0, 0), (report.Imported, report.Duplicates, report.Rejected.Count));
        Assert.Equal((0, 100, 0), (again.Imported, again.Duplicates, again.Rejected.Count));
        Assert.Equal(572, (await importing.AllAsync()).Sum(r => r.Decisions.Count));
    }

    [Fact]
    public async Task Import_HiveAirline_Gives100RunsWith572DecisionsAndTheirSuccessRate()
    {
        var path = SharedData.Require("runs/hive-airline");
        await using var importing = new Importing();

        var report = await importing.HiveAsync(path);

        var runs = await importing.AllAsync();
        Assert.Equal((100, 0, 572), (report.Imported, report.Rejected.Count, runs.Sum(r => r.Decisions.Count)));
        using var patterns = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Require("runs/hive-airline.patterns.json")));
        Assert.Equal(patterns.RootElement.GetProperty("success_rate").GetDouble(), runs.Count(r => r.Status == RunStatus.Completed) / 100.0);
        Assert.All(runs, r => Assert.InRange(r.Metrics.SuccessRate, 0, 1));
    }

    [Fact]
    public async Task Import_RealTrajectories_PairsEachAnswerWithACallOfItsTool()
    {
        var path = SharedData.Require("runs/tau-airline.json");
        await using var importing = new Importing();
        await importing.TauAsync(path);
        using var file = JsonDocument.Parse(await File.ReadAllBytesAsync(path));

        var runs = await importing.AllAsync();

        Assert.Equal(file.RootElement.GetArrayLength(), runs.Count);
        foreach (var (trajectory, run) in file.RootElement.EnumerateArray().Zip(runs))
        {
            var answers = trajectory.GetProperty("traj").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "tool")
                .Select(m => (m.GetProperty("name").GetString()!, m.GetProperty("content").GetString())).Order();
            Assert.Equal(
                answers, run.Decisions.Where(d => d.Outcome is not null).Select(d => (d.ChosenOptionId, d.Outcome!.Result.GetString())).Order());
            Assert.All(run.Decisions, d => Assert.Equal(d.Outcome?.Result.GetString()!.StartsWith("Error", StringComparison.Ordinal), d.Outcome is { } o ? !o.Success : null));
        }
    }

    [Fact]
    public async Task Export_RealRuns_ImportedAgainAreTheSame()
    {
        var path = SharedData.Require("runs/hive-airline");
        await using var importing = new Importing();
        await using var other = new Importing();
        await importing.HiveAsync(path);

        await RunExporter.HiveAsync(importing.Database.Runs, await importing.Database.Runs.IdsAsync(null), importing.Folder["out"]);
        await other.HiveAsync(importing.Folder["out"]);

        Assert.Equal((await importing.AllAsync()).Select(Made.Text), (await other.AllAsync()).Select(Made.Text));
    }
}
