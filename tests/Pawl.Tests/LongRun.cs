namespace Pawl.Tests;

/// <summary>Whether the tests run at their nightly size (`./test.sh --long`) instead of the quick one.</summary>
internal static class LongRun
{
    /// <summary>True when the environment says PAWL_TEST_LONG=1.</summary>
    public static bool Enabled { get; } = Environment.GetEnvironmentVariable("PAWL_TEST_LONG") == "1";

    /// <summary>The size for this run: <paramref name="ci"/> normally, <paramref name="longRun"/> under --long.</summary>
    public static T Scale<T>(T ci, T longRun) => Enabled ? longRun : ci;
}
