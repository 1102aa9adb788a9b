using System.Text.Json;
using Pawl.Experiments.Flagd;
using Pawl.Ledger;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Experiments.Flagd;

public sealed class FlagdFileTests : IDisposable
{
    private const string Others = """
        {
          "$schema": "https://flagd.dev/schema/v0/flags.json",
          "metadata": {"team": "shop"},
          "flags": {
            "zebra": {"state": "ENABLED", "variants": {"a": 1.50, "b": 2e3}, "defaultVariant": "a", "targeting": {"$ref": "staff"}},
            "ant": {"state": "DISABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "metadata": {"owner": "größe"}}
          },
          "$evaluators": {"staff": {"ends_with": [{"var": "email"}, "@example.com"]}}
        }
        """;

    private readonly TemporaryFolder _folder = new();

    private string Definition => _folder["flags.json"];

    [Fact]
    public async Task ApplyAsync_AFileWithOtherFlags_KeepsAllElseAsItWasAndInItsOrder()
    {
        _folder.Write("flags.json", Others);
        await using var database = Database.Open(_folder["pawl.db"]);
        var contract = Contracts.Of(Requests.Minimal);

        await Provider(database).ApplyAsync(FlagSteps.Create(contract), (_, _) => { }, default);

        var (before, after) = (Json.Parse(Others), Json.Parse(await File.ReadAllBytesAsync(Definition)));
        Assert.Equal(before.EnumerateObject().Select(member => member.Name), after.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["zebra", "ant", contract.Terms.FlagKey], after.GetProperty("flags").EnumerateObject().Select(flag => flag.Name));
        foreach (var path in new[] { "$schema", "metadata", "$evaluators" }) Assert.True(JsonElement.DeepEquals(before.GetProperty(path), after.GetProperty(path)));
        foreach (var flag in before.GetProperty("flags").EnumerateObject()) Assert.True(JsonElement.DeepEquals(flag.Value, after.GetProperty("flags").GetProperty(flag.Name)));
        Assert.Equal("1.50", after.GetProperty("flags").GetProperty("zebra").GetProperty("variants").GetProperty("a").GetRawText());
    }

    [Fact]
    public async Task ApplyAsync_AStep_KeepsTheFlagsOtherMetadata()
    {
        await using var database = Database.Open(_folder["pawl.db"]);
        var contract = Contracts.Of(Requests.Minimal);
        await Provider(database).ApplyAsync(FlagSteps.Create(contract), (_, _) => { }, default);
        var text = await File.ReadAllTextAsync(Definition);
        await File.WriteAllTextAsync(Definition, text.Replace("\"pawl_version\"", "\"owner\": \"mara\", \"pawl_version\"", StringComparison.Ordinal));

        Assert.IsType<Pawl.Experiments.FlagStepOutcome.Done>(await Provider(database).ApplyAsync(FlagSteps.Allocate(contract, 2, 5), (_, _) => { }, default));

        var metadata = FlagdFile.Find(FlagdFile.Read(Definition), contract.Terms.FlagKey)!.Definition.GetProperty("metadata");
        Assert.Equal(("mara", 3), (metadata.GetProperty("owner").GetString(), metadata.GetProperty("pawl_version").GetInt32()));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"flags\":[]}")]
    [InlineData("flags: {}")]
    [InlineData("{\"flags\":{},\"flags\":{}}")]
    [InlineData("")]
    public async Task ReadAsync_WhatIsNoDefinition_IsUnavailableAndIsLeftAsItWas(string text)
    {
        _folder.Write("flags.json", text);
        await using var database = Database.Open(_folder["pawl.db"]);
        var provider = Provider(database);

        var read = await Assert.ThrowsAsync<UnavailableException>(() => provider.ReadAsync("f", default));
        await Assert.ThrowsAsync<UnavailableException>(() => provider.ApplyAsync(FlagSteps.Create(Contracts.Of(Requests.Minimal)), (_, _) => { }, default));

        Assert.Contains("flags.json", read.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(Definition));
        Assert.Empty(database.Ledger.Read(view => view.List(new LedgerQuery())));
    }

    [Fact]
    public async Task Put_ALink_ReplacesWhatItPointsTo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights on Windows.");
        _folder.Write("real/flags.json", Others);
        File.SetUnixFileMode(_folder["real/flags.json"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(Definition, _folder["real/flags.json"]);
        await using var database = Database.Open(_folder["pawl.db"]);

        await Provider(database).ApplyAsync(FlagSteps.Create(Contracts.Of(Requests.Minimal)), (_, _) => { }, default);

        Assert.NotNull(new FileInfo(Definition).LinkTarget);
        Assert.Contains("pawl_version", await File.ReadAllTextAsync(_folder["real/flags.json"]), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder["real/flags.json"]));
    }

    [Fact]
    public async Task LockAsync_AnotherThatHoldsIt_IsWaitedForAndThenIsUnavailable()
    {
        var clock = new VirtualClock();
        using var held = await FlagdFile.LockAsync(Definition, TimeProvider.System, default);

        var waiting = FlagdFile.LockAsync(Definition, clock, default);
        Assert.False(waiting.IsCompleted);
        await Eventually.Holds(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return waiting.IsCompleted;
            },
            "it gives up");

        Assert.Contains(".lock", (await Assert.ThrowsAsync<UnavailableException>(() => waiting)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("control:    off-1", "treatmentA: {prompt: b}", "flagd's are all")]
    [InlineData("control:    [1]", "treatmentA: [2]", "flagd's are all")]
    [InlineData("control:    true", "off: false", "called off")]
    public async Task ApplyAsync_ArmsThatFlagdCannotServe_AreRefused(string control, string treatment, string reason)
    {
        await using var database = Database.Open(_folder["pawl.db"]);
        var contract = Contracts.With(("treatment_spec", $"treatment_spec:\n  {control}\n  {treatment}"));

        var refused = Assert.IsType<Pawl.Experiments.FlagStepOutcome.Refused>(await Provider(database).ApplyAsync(FlagSteps.Create(contract), (_, _) => { }, default));

        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Definition));
    }

    public void Dispose() => _folder.Dispose();

    private FlagdFileProvider Provider(Database database) => new(Definition, database, new ReceiptLedger(database.Ledger, new VirtualClock()), TimeProvider.System);
}
