using System.Text;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class StoredOptionTests
{
    private static readonly RunId Run = RunId.Parse("run_1");

    [Fact]
    public void Decide_WithTheSameOptionAgain_WritesTheSameJson()
    {
        var option = new Option { Id = "a", Description = "Ü \"quoted\"", ActionParams = Json.From(new { x = 1 }), Confidence = 0.25 };

        var written = Enumerable.Range(0, 4).Select(_ => Written(option)).ToList();

        Assert.Single(written.Distinct());
    }

    [Fact]
    public void Decide_WithACopyOfAnOptionThatWasKept_WritesTheCopy()
    {
        var option = new Option { Id = "a", Description = "before" };
        for (var i = 0; i < 3; i++) Written(option);

        var copy = Written(option with { Description = "after" });

        Assert.Contains("after", copy);
        Assert.DoesNotContain("before", copy);
    }

    [Fact]
    public void Decide_WhenACollectionOfTheOptionWasFilledMeanwhile_WritesWhatIsThereNow()
    {
        var pros = new List<string>();
        var option = new Option { Id = "a", Pros = pros };
        for (var i = 0; i < 3; i++) Written(option);
        pros.Add("cheap");

        Assert.Contains("cheap", Written(option));
    }

    [Fact]
    public void Equals_OfAnOptionThatWasKeptAndOneThatWasNot_IsTrue()
    {
        var (kept, fresh) = (new Option { Id = "a" }, new Option { Id = "a" });
        for (var i = 0; i < 3; i++) Written(kept);

        Assert.Equal(fresh with { ActionParams = kept.ActionParams }, kept);
    }

    [Fact]
    public void Redact_OfAnEventWhoseKeptOptionHoldsASecret_TakesItOutEveryTime()
    {
        var option = new Option { Id = "a", Description = "use sk-abcdefghijklmnop1234567890" };

        for (var i = 0; i < 4; i++)
        {
            var json = EventWriter.Decide(Run, Of(option), out var clean);
            Assert.DoesNotContain("sk-abc", Encoding.UTF8.GetString(SecretRedactor.Default.RedactJson(json, clean).Span));
        }
    }

    [Fact]
    public void Redact_OfAnEventWhoseKeptOptionsAreClean_StillLooksAtTheRest()
    {
        var option = new Option { Id = "a" };
        for (var i = 0; i < 3; i++) Written(option);
        var json = EventWriter.Decide(Run, Of(option) with { Reasoning = "password=hunter2", Intent = "ghp_abcdefghijklmnopqrstuvwxyz0123456789" }, out var clean);

        var redacted = Encoding.UTF8.GetString(SecretRedactor.Default.RedactJson(json, clean).Span);

        Assert.NotEqual(0, clean.GetOffsetAndLength(json.Length).Length);
        Assert.DoesNotContain("hunter2", redacted);
        Assert.DoesNotContain("ghp_", redacted);
    }

    private static Decision Of(Option option) => new()
    {
        Id = "dec_0",
        Timestamp = DateTimeOffset.UnixEpoch,
        NodeId = "n",
        Intent = "i",
        Options = [option],
        ChosenOptionId = option.Id,
    };

    private static string Written(Option option) => Encoding.UTF8.GetString(EventWriter.Decide(Run, Of(option)));
}
