using Pawl.Metrics;
using Pawl.Tests.Contracts;

namespace Pawl.Tests.Metrics;

/// <summary>Databases of the throw-away server, by name.</summary>
public sealed class ClickHouseDatabases(ClickHouseServer server) : IDatabases
{
    public Task<string> CreateAsync()
    {
        ClickHouseServer.Require();
        return server.CreateDatabaseAsync();
    }

    public void Execute(string where, string sql)
    {
        foreach (var statement in sql.Split(";\n", StringSplitOptions.RemoveEmptyEntries)) server.RunAsync(where, statement).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        // The server removes its databases at the end.
    }

    internal static MetricSourceDefinition.ClickHouse At(Uri url, string? database, TimeSpan limit, string? user = null, string? password = null) =>
        new() { Name = "s", Url = url, Database = database, Limit = limit, User = user, Password = password };
}
