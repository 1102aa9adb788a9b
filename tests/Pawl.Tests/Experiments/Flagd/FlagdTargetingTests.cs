using System.Text.Json;
using Pawl.Experiments;
using Pawl.Experiments.Flagd;
using Xunit;

namespace Pawl.Tests.Experiments.Flagd;

public sealed class FlagdTargetingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Of_ASplit_IsTwoHashesWithSeedsOfTheirOwn()
    {
        var contract = Contracts.With(("split", "split: {control: 60, treatmentA: 40}"), ("unit", "unit: account_id"));
        var seed = contract.Terms.Seed;

        Assert.Equal(
            $$"""
            {"if":[{"and":[{"!!":[{"var":"account_id"}]},{"===":[{"fractional":[{"cat":["{{seed}}:coverage:",{"var":"account_id"}]},["in",50000],["off",950000]]},"in"]}]},{"fractional":[{"cat":["{{seed}}:split:",{"var":"account_id"}]},["control",600000],["treatmentA",400000]]},"off"]}
            """,
            FlagdTargeting.Of(contract, 5).GetRawText());
    }

    [Theory]
    [InlineData("plan == 'pro'", """{"===":[{"var":"plan"},"pro"]}""")]
    [InlineData("plan != 'pro'", """{"!==":[{"var":"plan"},"pro"]}""")]
    [InlineData("age >= 18", """{"and":[{"!==":[{"var":"age"},null]},{">=":[{"var":"age"},18]}]}""")]
    [InlineData("country in ['US', 'CA']", """{"in":[{"var":"country"},["US","CA"]]}""")]
    [InlineData("country not in ['US']", """{"!":[{"in":[{"var":"country"},["US"]]}]}""")]
    [InlineData("beta", """{"!!":[{"var":"beta"}]}""")]
    [InlineData("!beta && (a == 1 || b == 2)", """{"and":[{"!":[{"!!":[{"var":"beta"}]}]},{"or":[{"===":[{"var":"a"},1]},{"===":[{"var":"b"},2]}]}]}""")]
    [InlineData("app >= 2.3.0", """{"sem_ver":[{"var":"app"},">=","2.3.0"]}""")]
    [InlineData("app != 2.3.0", """{"!":[{"sem_ver":[{"var":"app"},"=","2.3.0"]}]}""")]
    public void Of_AnExposureRule_IsJsonLogic(string rule, string expected)
    {
        var contract = Contracts.With(("exposure_rules", $"exposure_rules: [\"{rule}\"]"));

        Assert.Equal(expected, FlagdTargeting.Of(contract, 100).GetProperty("if")[0].GetProperty("and")[1].GetRawText());
    }

    [Theory]
    [InlineData("app >= 2.3.0.1")]
    [InlineData("app >= v'2.3'")]
    public void Of_AVersionThatIsNotSemantic_IsRefused(string rule)
    {
        var contract = Contracts.With(("exposure_rules", $"exposure_rules: [\"{rule}\"]"));

        Assert.Contains("semantic versions only", Assert.Throws<BadInputException>(() => FlagdTargeting.Of(contract, 100)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SharesThatAreNotWhole_AreRefusedButEqualOnesAreNot()
    {
        var thirds = Contracts.Of(ThreeArms);

        Assert.Equal(3, FlagdTargeting.Of(thirds, 100).GetProperty("if")[1].GetProperty("fractional").EnumerateArray().Skip(1).Count(share => share[1].GetInt32() == 1));
        Assert.Contains("coverage, 33.33333 percent", Assert.Throws<BadInputException>(() => FlagdTargeting.Of(thirds, 33.33333)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_ARamp_IsEvaluatedByFlagdInSharesThatHoldAndMovesNobodyBetweenArms()
    {
        var contract = Contracts.With(("split", "split: {control: 60, treatmentA: 40}"));
        var before = await EvaluatedAsync(contract, 5);
        foreach (var coverage in new[] { 25.0, 60, 100 })
        {
            var after = await EvaluatedAsync(contract, coverage);
            Assert.All(before.Zip(after), unit => Assert.True(unit.First == FlagdTargeting.Outside || unit.First == unit.Second, $"{unit.First} became {unit.Second} at {coverage}."));
            var covered = after.Where(variant => variant != FlagdTargeting.Outside).ToList();
            Assert.InRange(covered.Count / 20_000.0, (coverage / 100) - 0.012, (coverage / 100) + 0.012);
            Assert.InRange(covered.Count(variant => variant == "treatmentA") / (double)covered.Count, 0.37, 0.43);
            before = after;
        }
    }

    [Theory]
    [InlineData("plan == 'pro'", """{"plan":"pro"}""", """{"plan":"free"}""")]
    [InlineData("age < 18", """{"age":17}""", "{}")]
    [InlineData("country in ['US', 'CA']", """{"country":"CA"}""", """{"country":"DE"}""")]
    [InlineData("country not in ['US']", "{}", """{"country":"US"}""")]
    [InlineData("beta", """{"beta":true}""", "{}")]
    [InlineData("!beta", "{}", """{"beta":true}""")]
    [InlineData("device.os == 'ios' && level > 2", """{"device":{"os":"ios"},"level":3}""", """{"device":{"os":"ios"},"level":2}""")]
    [InlineData("app >= 2.3.0", """{"app":"2.10.1"}""", """{"app":"2.2.9"}""")]
    [InlineData("app != 2.3.0", """{"app":"2.3.1"}""", """{"app":"2.3.0"}""")]
    public async Task Of_AnExposureRule_IsEvaluatedByFlagdAsByPawl(string rule, string exposed, string outside)
    {
        var contract = Contracts.With(("exposure_rules", $"exposure_rules: [\"{rule}\"]"));

        var variants = await VariantsAsync(contract, 100, [Unit("u1", exposed), Unit("u1", outside), Json.Parse(exposed)]);

        Assert.NotEqual(FlagdTargeting.Outside, variants[0]);
        Assert.Equal([FlagdTargeting.Outside, FlagdTargeting.Outside], variants.Skip(1)); // a rule that does not hold, a unit without a name
    }

    [Fact]
    public async Task Of_EveryKindOfStep_FitsFlagdsSchemaAndServesWhatItSays()
    {
        var contract = Contracts.With(("ramp", "ramp: [5, 100]"));
        var created = FlagdSteps.Next(null, FlagSteps.Create(contract));
        var split = FlagdSteps.Next(created, FlagSteps.Allocate(contract, 1, 5));
        var promoted = FlagdSteps.Next(split, FlagSteps.Promote(contract, 2, "treatmentA"));

        Assert.Equal("control", Assert.Single(await VariantsAsync(contract, created, [Unit("u1", "{}")])));
        Assert.Equal("treatmentA", Assert.Single(await VariantsAsync(contract, promoted, [Unit("u1", "{}")])));
    }

    public void Dispose() => _folder.Dispose();

    private const string ThreeArms = """
        domain: prompts
        treatment_spec:
          control:    {prompt: a}
          treatmentA: {prompt: b}
          treatmentB: {prompt: c}
        primary_metric: CSAT
        mde: 0.01
        max_duration_days: 14
        baseline: {mean: 0.62, variance: 0.2356, units_per_day: 8000}
        """;

    private static JsonElement Unit(string name, string attributes) => Json.Object(to =>
    {
        to.WriteString("user_id", name);
        foreach (var member in Json.Parse(attributes).EnumerateObject()) member.WriteTo(to);
    });

    private Task<IReadOnlyList<string>> EvaluatedAsync(Contract contract, double coverage) =>
        VariantsAsync(contract, coverage, [.. Enumerable.Range(0, 20_000).Select(n => Unit($"u{n}", "{}"))]);

    private Task<IReadOnlyList<string>> VariantsAsync(Contract contract, double coverage, IReadOnlyList<JsonElement> units) =>
        VariantsAsync(contract, FlagdSteps.Next(FlagdSteps.Next(null, FlagSteps.Create(contract)), FlagSteps.Allocate(contract, 1, coverage)), units);

    private async Task<IReadOnlyList<string>> VariantsAsync(Contract contract, FlagdFlag flag, IReadOnlyList<JsonElement> units)
    {
        var definition = _folder["flags.json"];
        using (var file = await FlagdFile.LockAsync(definition, TimeProvider.System, default)) file.Put(FlagdFile.Read(_folder["none.json"]), contract.Terms.FlagKey, flag);
        return await FlagdEvaluator.VariantsAsync(definition, contract.Terms.FlagKey, units);
    }
}
