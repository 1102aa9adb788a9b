using Xunit;

[assembly: AssemblyFixture(typeof(Pawl.Tests.PostgresCluster))]

namespace Pawl.Tests;

// The cluster itself knows no test framework: the benchmarks start one too.
public sealed partial class PostgresCluster
{
    /// <summary>Ends the test as skipped when no cluster can be had.</summary>
    public static void Require() => Assert.SkipWhen(Unavailable is not null, Unavailable ?? "");
}
