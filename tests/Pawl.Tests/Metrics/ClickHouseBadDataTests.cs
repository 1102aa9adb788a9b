using System.Net;
using System.Net.Sockets;
using System.Text;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Metrics;

public sealed class ClickHouseBadDataTests(ClickHouseServer server) : BadDataContract(new ClickHouseDatabases(server))
{
    private const string Exposures = "select unit, variant, at from shown";

    protected override string Tables => """
        create table shown (unit String, variant String, at DateTime('UTC')) engine = Memory;
        insert into shown values ('1', 'a', '2026-03-01 01:00:00'), ('1', 'b', '2026-03-01 02:00:00'), ('2', 'a', '2026-03-01 01:00:00'), ('3', 'b', '2026-03-01 01:00:00');
        create table num (unit String, at DateTime('UTC'), value Float64) engine = Memory;
        insert into num values ('1', '2026-03-01 03:00:00', 100), ('2', '2026-03-01 00:59:59', 50), ('2', '2026-03-01 01:00:00', 7)
        """;

    // Asleep, it costs nothing until the server notices.
    protected override string Endless => "select '1' as unit, now() as at, sleep(0.1) as value from system.numbers";

    protected override string TextValue => "'seven'";

    protected override string InfiniteValue => "0 / 0";

    protected override string NoInstant => "'the other day'";

    [Theory]
    [InlineData("toDate('2026-03-01')", 0)]
    [InlineData("toDate('2026-03-02')", 7)]
    [InlineData("toDateTime('2026-03-01 10:00:00')", 7)] // of the server, which is nine hours ahead
    [InlineData("toDateTime('2026-03-01 09:59:59')", 0)]
    [InlineData("toDateTime('2026-03-01 01:00:00', 'UTC')", 7)]
    public async Task Measure_ADateOrATimeOfAnyZone_IsAnInstant(string at, double sum)
    {
        var where = await CreateAsync();

        var measured = Assert.IsType<MetricResult.Measured>(await AskAsync(where, $"select unit, {at} as at, value from num where value = 7"));

        Assert.Equal(sum, ((MeanStatistics)measured.Arms[0].Statistics).Sum);
    }

    [Fact]
    public async Task Measure_UnitsOfAnotherTypeThanTheExposures_IsRefusedAndNotEmpty() =>
        Assert.Equal(MetricFault.Refused, (await FailAsync(await CreateAsync(), "select toUInt32(unit) as unit, at, value from num")).Fault);

    [Theory]
    [InlineData("reader")]
    [InlineData("asker")]
    public async Task Measure_AsAUserWhoMayOnlyRead_IsMeasured(string user)
    {
        var source = ClickHouseDatabases.At(server.Url, await CreateAsync(), TimeSpan.FromMinutes(1), user, ClickHouseServer.Password);

        Assert.IsType<MetricResult.Measured>(await AskAsync(source));
    }

    [Fact]
    public async Task Measure_AWrongPasswordOrAnUnknownDatabase_IsUnavailableAndKeepsThePassword()
    {
        var where = await CreateAsync();

        var refused = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(ClickHouseDatabases.At(server.Url, where, TimeSpan.FromMinutes(1), "reader", "gu3ssed")));
        Assert.Equal(MetricFault.Unavailable, refused.Fault);
        Assert.DoesNotContain("gu3ssed", refused.Detail);
        Assert.Equal(MetricFault.Unavailable, Assert.IsType<MetricResult.Unmeasured>(await AskAsync(ClickHouseDatabases.At(server.Url, "nowhere", TimeSpan.FromMinutes(1)))).Fault);
    }

    [Theory]
    [InlineData("select 1))))); drop table num; --")]
    [InlineData("insert into num select unit, at, value from num")]
    [InlineData("drop table num")]
    public async Task Measure_SqlThatWrites_ChangesNothing(string sql)
    {
        var where = await CreateAsync();

        Assert.Equal(MetricFault.Refused, (await FailAsync(where, sql)).Fault);

        Assert.Equal("3\n", await server.RunAsync(where, "select count() from num"));
    }

    [Fact]
    public async Task Measure_AStatementThatIsTooLongForAUrl_IsRefusedAndSaysSo() =>
        Assert.Contains("15800", (await FailAsync(await CreateAsync(), $"select unit, at, value from num where value not in ({string.Join(", ", Enumerable.Range(1000, 3000))})")).Detail);

    [Fact]
    public async Task Measure_AServerThatIsDown_IsUnavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(ClickHouseDatabases.At(new Uri($"http://127.0.0.1:{port}"), null, TimeSpan.FromMinutes(1), "u", "s3cret")));

        Assert.Equal(MetricFault.Unavailable, failed.Fault);
        Assert.DoesNotContain("s3cret", failed.Detail);
    }

    [Fact]
    public async Task Measure_AServerThatTakesTheCallAndSaysNothing_EndsAtTheLimit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var failed = await AskAsync(ClickHouseDatabases.At(new Uri($"http://{listener.LocalEndpoint}"), null, TimeSpan.FromSeconds(0.3)));

        Assert.Equal(MetricFault.Timeout, Assert.IsType<MetricResult.Unmeasured>(failed).Fault);
    }

    [Theory]
    [InlineData("200 OK", "<html>Welcome</html>")]
    [InlineData("200 OK", "arm\texposed\n1")]
    [InlineData("502 Bad Gateway", "nothing there")]
    [InlineData("302 Found", "")]
    public async Task Measure_AServerThatIsNotClickHouse_IsUnavailable(string status, string body)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var asking = AskAsync(ClickHouseDatabases.At(new Uri($"http://{listener.LocalEndpoint}"), null, TimeSpan.FromMinutes(1)));
        using (var caller = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            var stream = caller.GetStream();
            Assert.True(await stream.ReadAsync(new byte[65536], TestContext.Current.CancellationToken) > 0);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nLocation: http://127.0.0.1:1/\r\n\r\n{body}"), TestContext.Current.CancellationToken);
        }

        Assert.Equal(MetricFault.Unavailable, Assert.IsType<MetricResult.Unmeasured>(await asking).Fault);
    }

    internal override IMetricSource Source(string where, TimeSpan limit) =>
        new ClickHouseMetricSource(ClickHouseDatabases.At(server.Url, where, limit), Exposures, TimeProvider.System);

    private static Task<MetricResult> AskAsync(MetricSourceDefinition.ClickHouse source) =>
        new ClickHouseMetricSource(source, Exposures, TimeProvider.System)
            .MeasureAsync(Query(new MetricInput.Sql("select unit, at, value from num"), MetricKind.Mean), TestContext.Current.CancellationToken);
}
