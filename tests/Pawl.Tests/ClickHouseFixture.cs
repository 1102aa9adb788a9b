using Xunit;

[assembly: AssemblyFixture(typeof(Pawl.Tests.ClickHouseServer))]

namespace Pawl.Tests;

// The server itself knows no test framework: the benchmarks start one too.
public sealed partial class ClickHouseServer
{
    /// <summary>Ends the test as skipped where there is no server to start.</summary>
    public static void Require() => Assert.SkipWhen(Unavailable is not null, Unavailable ?? "");
}
