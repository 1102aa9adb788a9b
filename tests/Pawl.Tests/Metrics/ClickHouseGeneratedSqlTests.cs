using System.Globalization;
using Pawl.Metrics;

namespace Pawl.Tests.Metrics;

public sealed class ClickHouseGeneratedSqlTests(ClickHouseServer server) : GeneratedSqlContract
{
    internal override async Task<IWorlds> WorldsAsync()
    {
        ClickHouseServer.Require();
        var database = await server.CreateDatabaseAsync();
        await server.RunAsync(database, "create table shown (world UInt32, unit String, variant Nullable(String), at DateTime, flag String) engine = Memory");
        await server.RunAsync(database, "create table num (world UInt32, unit Nullable(String), at Nullable(DateTime('UTC')), value Nullable(Float64)) engine = Memory");
        await server.RunAsync(database, "create table den (world UInt32, unit String, at DateTime, value UInt8) engine = Memory");
        return new ClickHouseWorlds(server, database);
    }

    /// <summary>The worlds stand in the same tables, under a number each: making a table takes ClickHouse longer than filling it.</summary>
    private sealed class ClickHouseWorlds(ClickHouseServer server, string database) : IWorlds
    {
        private int _world;

        public TimeSpan Resolution => TimeSpan.FromSeconds(1);

        public MetricInput Numerator => new MetricInput.Sql($"select unit, at, value from num where world = {_world} and at < @until -- all of '@until'");

        public MetricInput Denominator => new MetricInput.Sql($"select unit, at, toString(value) as value from den where world = {_world}");

        public async Task<IMetricSource> LoadAsync(World world)
        {
            _world++;
            await InsertAsync("shown", [
                .. world.Exposures.Select(e => $"{e.Unit}\t{e.Variant}\t{Seconds(e.At)}\t{World.Flag}"), .. world.Exposures.Select(e => $"{e.Unit}\tb\t{Seconds(e.At)}\tanother")]);
            await InsertAsync("num", [.. world.Numerators.Select(Row), $"1\t{Seconds(world.Watermark) - 1}\t\\N", $"\\N\t{Seconds(world.Watermark) - 1}\t7"]);
            await InsertAsync("den", [.. world.Denominators.Select(Row)]);
            var exposures = $"select unit, variant, at from shown where flag = @flag and world = {_world} and at >= @start";
            return new ClickHouseMetricSource(ClickHouseDatabases.At(server.Url, database, TimeSpan.FromMinutes(1)), exposures, TimeProvider.System);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static long Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds();

        private static string Row(Valued value) => string.Create(CultureInfo.InvariantCulture, $"{value.Unit}\t{Seconds(value.At)}\t{value.Value:R}");

        private Task InsertAsync(string table, IReadOnlyList<string> rows) =>
            server.RunAsync(database, $"insert into {table} format TabSeparated", string.Concat(rows.Select(row => $"{_world}\t{row}\n")));
    }
}
