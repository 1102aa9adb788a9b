using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>pawl flag</c> as people and scripts use it.</summary>
public sealed class FlagTests : IDisposable
{
    private const string Key = "Zvwv/+uhpFDznZ6SX28Yjg==";

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public FlagTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Flag_FromCreationToRollback_KeepsItsHistory()
    {
        await CreateAsync();
        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=50,treatment=50", "--coverage", "10", "--where", "country in ['US', 'CA']", "--actor", "agent:tidy");
        var promoted = await cli.JsonAsync("flag", "set", "checkout", "--promote", "treatment", "--version", "2", "--why", "it wins");
        var again = await cli.JsonAsync("flag", "set", "checkout", "--promote", "treatment", "--version", "2");
        var back = await cli.JsonAsync("flag", "rollback", "checkout", "--to", "2");

        Assert.Equal(("changed", "PROM-treatment@3"), (promoted.GetProperty("outcome").GetString(), promoted.GetProperty("receipt").GetString()));
        Assert.Equal(("repeated", "PROM-treatment@3"), (again.GetProperty("outcome").GetString(), again.GetProperty("receipt").GetString()));
        Assert.Equal("RB-checkout@4", back.GetProperty("receipt").GetString());
        var history = (await cli.JsonAsync("flag", "history", "checkout")).EnumerateArray().ToList();
        Assert.Equal(["RB-checkout@4", "PROM-treatment@3", "ALLOC-checkout@2", "FLAG-checkout"], history.Select(v => v.GetProperty("receipt").GetString()));
        Assert.Equal(("agent:tidy", "it wins"), (history[2].GetProperty("actor").GetString(), history[1].GetProperty("why").GetString()));
        Assert.Equal(history[0].GetProperty("digest").GetString(), history[2].GetProperty("digest").GetString());
        Assert.Equal("treatment", (await cli.JsonAsync("flag", "show", "checkout", "--version", "3")).GetProperty("default").GetString());
    }

    [Fact]
    public async Task Evaluate_AUnit_SaysWhichRuleAndWhyNot()
    {
        await CreateAsync();
        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=50,treatment=50", "--where", "country == 'US'");

        var inside = await cli.JsonAsync("flag", "evaluate", "checkout", "--attributes", """{"id":"7","country":"US"}""");
        var outside = await cli.RunAsync("flag", "evaluate", "checkout", "--attributes", """{"id":"7","country":"DE"}""");

        Assert.Equal("experiment", inside.GetProperty("source").GetString());
        Assert.Contains(inside.GetProperty("variant").GetString(), new[] { "control", "treatment" });
        Assert.InRange(inside.GetProperty("rules")[0].GetProperty("bucket").GetDouble(), 0, 1);
        Assert.Contains("rule 1 split: passed over\n  condition on country is false", outside.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Key)]
    public async Task Export_ToAnotherDatabase_IsAnsweredTheSameThere(string? key)
    {
        await CreateAsync();
        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=30,treatment=70");
        string[] secret = key is null ? [] : ["--encryption-key", key];
        Assert.Equal(0, (await cli.RunAsync(["flag", "export", "--out", "flags.json", .. secret])).ExitCode);
        var text = await File.ReadAllTextAsync(Path.Combine(cli.WorkingDirectory, "flags.json"), TestContext.Current.CancellationToken);
        Assert.Equal(key is null, text.Contains("checkout", StringComparison.Ordinal));

        var other = new Cli(temporary).With("PAWL_DB", temporary["other.db"]);
        Assert.Contains("1 created", (await other.RunAsync(["flag", "import", "flags.json", "--dry-run", .. secret])).Output);
        Assert.Equal("[]", (await other.JsonAsync("flag", "list")).GetRawText());
        Assert.Contains("1 created", (await other.RunAsync(["flag", "import", "flags.json", .. secret])).Output);
        Assert.Contains("0 created, 0 changed, 1 as they were", (await other.RunAsync(["flag", "import", "flags.json", .. secret])).Output);
        foreach (var unit in new[] { "1", "2", "3", "4", "5" })
        {
            string[] evaluate = ["flag", "evaluate", "checkout", "--attributes", $$"""{"id":"{{unit}}"}"""];
            var answers = new[] { await cli.JsonAsync(evaluate), await other.JsonAsync(evaluate), await cli.JsonAsync([.. evaluate, "--payload", "flags.json", .. secret]) };
            Assert.Single(answers.Select(a => a.GetProperty("value").GetRawText()).Distinct());
        }
    }

    [Fact]
    public async Task Flag_WhatIsWrong_IsRefusedAndNothingChanges()
    {
        await CreateAsync();
        await File.WriteAllTextAsync(temporary["work/wrong.json"], """{"key":"other","variants":{"a":1}}""", TestContext.Current.CancellationToken);
        await using (var large = File.Create(temporary["work/large.json"])) large.SetLength(50_000_000);

        await cli.AssertRefusedAsync(65, "no variant \"none\"", "flag", "set", "checkout", "--promote", "none");
        await cli.AssertRefusedAsync(65, "add up to 90", "flag", "set", "checkout", "--split", "control=45,treatment=45");
        await cli.AssertRefusedAsync(65, "--promote or --force", "flag", "set", "checkout", "--split", "control=100");
        await cli.AssertRefusedAsync(65, "control stands in --split twice", "flag", "set", "checkout", "--split", "control=50,control=50");
        await cli.AssertRefusedAsync(65, "There is no flag nope", "flag", "set", "nope", "--promote", "a");
        await cli.AssertRefusedAsync(65, "There is no flag nope", "flag", "history", "nope");
        await cli.AssertRefusedAsync(65, "has no version 9", "flag", "rollback", "checkout", "--to", "9");
        await cli.AssertRefusedAsync(65, "is the document of other", "flag", "set", "checkout", "--file", "wrong.json");
        await cli.AssertRefusedAsync(65, "50000000 bytes", "flag", "import", "large.json");
        await cli.AssertRefusedAsync(65, "no file none.json", "flag", "import", "none.json");
        await cli.AssertRefusedAsync(65, "--attributes is no JSON", "flag", "evaluate", "checkout", "--attributes", "{");
        await cli.AssertRefusedAsync(65, "must be a JSON object", "flag", "evaluate", "checkout", "--attributes", "[1]");
        await cli.AssertRefusedAsync(64, "Give one of", "flag", "set", "checkout");
        await cli.AssertRefusedAsync(64, "Give one of", "flag", "set", "checkout", "--archive", "--restore");
        await cli.AssertRefusedAsync(64, "--where goes with", "flag", "set", "checkout", "--archive", "--where", "a");
        Assert.Equal(1, (await cli.JsonAsync("flag", "show", "checkout")).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Set_AShownDocumentWrittenBack_IsRefusedOnceTheFlagMovedOn()
    {
        await CreateAsync();
        var shown = (await cli.JsonAsync("flag", "show", "checkout")).GetRawText();
        await File.WriteAllTextAsync(temporary["work/flag.json"], shown.Replace("\"default\": \"control\"", "\"default\": \"treatment\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await cli.JsonAsync("flag", "set", "checkout", "--archive");

        var late = await cli.RunAsync("flag", "set", "checkout", "--file", "flag.json");

        Assert.Equal(1, late.ExitCode);
        Assert.Contains("is at version 2, not 1", late.Error);
    }

    [Fact]
    public async Task List_WithoutADatabase_SaysHowToMakeAFlag()
    {
        Assert.Contains("pawl flag create", await cli.AssertRefusedAsync(69, "There is no database", "flag", "list"));
        await File.WriteAllBytesAsync(temporary["empty.db"], []);
        Assert.Contains("pawl flag create", await cli.AssertRefusedAsync(69, "holds no Pawl data", "flag", "list", "--db", temporary["empty.db"]));
    }

    [Fact]
    public async Task Set_WeightsThatMoveUnits_SaysHowMany()
    {
        await CreateAsync();
        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=50,treatment=50");

        var moved = await cli.RunAsync("flag", "set", "checkout", "--split", "treatment=60,control=40");

        Assert.Contains("Of all units it asks, 10% move to another variant.", moved.Output);
    }

    public void Dispose() => temporary.Dispose();

    private Task<JsonElement> CreateAsync() =>
        cli.JsonAsync("flag", "create", "checkout", "--variants", """{"control":{"page":1},"treatment":{"page":2}}""", "--default", "control", "--why", "New page");
}
