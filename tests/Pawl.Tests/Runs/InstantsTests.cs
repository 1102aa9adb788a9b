using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class InstantsTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("\"2026-11-20T23:57:49Z\"", "2026-11-20T23:57:49.0000000+00:00")]
    [InlineData("\"2026-11-20 23:57:49Z\"", "2026-11-20T23:57:49.0000000+00:00")]
    [InlineData("\"2026-11-20T23:57:49+00:00\"", "2026-11-20T23:57:49.0000000+00:00")]
    [InlineData("\"2026-11-20T23:57:49.5+05:30\"", "2026-11-20T18:27:49.5000000+00:00")]
    [InlineData("\"2026-11-20 23:57-08:00\"", "2026-11-21T07:57:00.0000000+00:00")]
    [InlineData("\"2026-11-20T23:57:49.2Z\"", "2026-11-20T23:57:49.2000000+00:00")]
    [InlineData("\"2026-11-20T23:57:49.287Z\"", "2026-11-20T23:57:49.2870000+00:00")]
    [InlineData("\"2026-11-20T23:57:49.287985Z\"", "2026-11-20T23:57:49.2879850+00:00")]
    [InlineData("\"2026-11-20T23:57:49.287985123Z\"", "2026-11-20T23:57:49.2879851+00:00")]
    [InlineData("\"2026-11-20T23:57:49.287985123456789\"", "2026-11-20T22:57:49.2879851+00:00")]
    public void Read_ATimeWithOrWithoutAZone_IsThatInstantInUtc(string json, string expected) => Assert.Equal(expected, Read(json));

    [Theory]
    [InlineData("\"2026-11-20T23:57:49.287985\"", "2026-11-20T22:57:49.2879850+00:00")]
    [InlineData("\"2026-11-20T23:57:49\"", "2026-11-20T22:57:49.0000000+00:00")]
    [InlineData("\"2026-07-01 12:00:00\"", "2026-07-01T10:00:00.0000000+00:00")]
    [InlineData("\"2026-07-01T12:00\"", "2026-07-01T10:00:00.0000000+00:00")]
    public void Read_ANaiveTime_IsReadInTheZoneThatIsGiven(string json, string expected) => Assert.Equal(expected, Read(json));

    [Theory]
    [InlineData("1795219069", "2026-11-20T23:57:49.0000000+00:00")]
    [InlineData("1795219069.287985", "2026-11-20T23:57:49.2879850+00:00")]
    [InlineData("1795219069287", "2026-11-20T23:57:49.2870000+00:00")]
    [InlineData("1795219069287985", "2026-11-20T23:57:49.2879850+00:00")]
    [InlineData("0", "1970-01-01T00:00:00.0000000+00:00")]
    public void Read_AnEpoch_IsTakenAsSecondsMillisecondsOrMicroseconds(string json, string expected) => Assert.Equal(expected, Read(json));

    [Fact]
    public void Read_ANaiveTimeThatTheClocksSkipped_IsRefusedAndNamesTheOption()
    {
        var refused = Assert.Throws<JsonShapeException>(() => Read("\"2026-03-29T02:30:00\""));

        Assert.Contains("Europe/Berlin", refused.Message);
        Assert.Contains("--timezone", refused.Message);
    }

    [Fact]
    public void Read_ANaiveTimeThatStoodTwice_IsOneOfTheTwo() => Assert.Equal("2026-10-25T01:30:00.0000000+00:00", Read("\"2026-10-25T02:30:00\""));

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"2026-13-01T00:00:00Z\"")]
    [InlineData("\"2026-02-30T00:00:00Z\"")]
    [InlineData("\"2026-11-20\"")]
    [InlineData("\"2026-11-20T25:00:00\"")]
    [InlineData("\"20/11/2026 23:57:49\"")]
    [InlineData("1e300")]
    [InlineData("-1e300")]
    [InlineData("1e999")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"0001-01-01T00:00:00+14:00\"")]
    [InlineData("\"9999-12-31T23:59:59-14:00\"")]
    [InlineData("\"0001-01-01T00:00:00\"")]
    public void Read_NoInstantThereIs_IsRefusedAsAShape(string json) => Assert.Throws<JsonShapeException>(() => Read(json));

    private static string Read(string json) => new Instants(Berlin).Read(Json.Parse(json)).ToString("O");
}
