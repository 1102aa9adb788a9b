using System.Diagnostics;

namespace Pawl.Tests;

/// <summary>Waits for a condition itself instead of for a time after which it ought to hold.</summary>
internal static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns as soon as the condition holds; fails the test after <paramref name="timeoutSeconds"/>.</summary>
    public static async Task Holds(Func<bool> condition, string what, double timeoutSeconds = 10)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed.TotalSeconds >= timeoutSeconds) throw new TimeoutException($"Waited {timeoutSeconds} s in vain until {what}.");
            await Task.Delay(PollInterval);
        }
    }
}
