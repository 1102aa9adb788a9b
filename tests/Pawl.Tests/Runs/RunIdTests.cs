using System.Text.Json;
using System.Text.RegularExpressions;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class RunIdTests
{
    [Theory]
    [InlineData("run_20261120_235749_015f59b4")]
    [InlineData("a")]
    [InlineData("A.b-C_9")]
    [InlineData("-x")]
    [InlineData("a..b")]
    public void Parse_AnAllowedId_IsThatId(string text) => Assert.Equal(text, RunId.Parse(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("ä")]
    [InlineData("a%2e")]
    public void Parse_AnythingElse_IsRefused(string text) => Assert.Throws<BadInputException>(() => RunId.Parse(text));

    [Fact]
    public void Parse_LongIds_EndAt128Characters()
    {
        Assert.Equal(128, RunId.Parse(new string('a', 128)).Value.Length);
        Assert.Throws<BadInputException>(() => RunId.Parse(new string('a', 129)));
    }

    [Fact]
    public void Parse_AHugeText_IsNotRepeatedInTheMessage() =>
        Assert.InRange(Assert.Throws<BadInputException>(() => RunId.Parse(new string('/', 1_000_000))).Message.Length, 1, 400);

    [Fact]
    public void TryParse_Null_IsFalse() => Assert.False(RunId.TryParse(null, null, out _));

    [Fact]
    public void Create_AnInstantWithOffset_NamesItInUtc() => Assert.Equal(
        "run_20261120_225749_015f59b4",
        RunId.Create(new DateTimeOffset(2026, 11, 21, 0, 57, 49, TimeSpan.FromHours(2)), 0x015f59b4).Value);

    [Fact]
    public void Create_AnyRandomNumber_IsAnIdOfTheDocumentedForm() =>
        Assert.Matches(new Regex("^run_[0-9]{8}_[0-9]{6}_[0-9a-f]{8}$"), RunId.Create(DateTimeOffset.UnixEpoch, 1).Value);

    [Fact]
    public void Value_OfDefault_Throws() => Assert.Throws<InvalidOperationException>(() => default(RunId).Value);

    [Fact]
    public void Deserialize_AnIdInJson_RoundTripsAndABadOneIsRefused()
    {
        Assert.Equal("\"a.b\"", JsonSerializer.Serialize(RunId.Parse("a.b")));
        Assert.Equal(RunId.Parse("a.b"), JsonSerializer.Deserialize<RunId>("\"a.b\""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RunId>("\"../x\""));
    }
}
