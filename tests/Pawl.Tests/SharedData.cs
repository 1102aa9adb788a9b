using Xunit;

namespace Pawl.Tests;

/// <summary>Real data that tests run against and that is not part of the repository.</summary>
internal static class SharedData
{
    /// <summary>The folder: $PAWL_SHARED_DATA, or else ../shared/data beside the repository. It need not exist.</summary>
    public static string Folder { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable("PAWL_SHARED_DATA") is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "../shared/data"));

    /// <summary>The absolute path of a file or folder such as <c>runs/tau-airline.json</c>, or null when it is not there.</summary>
    public static string? Find(string relative)
    {
        var path = Path.Combine(Folder, relative);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>As <see cref="Find"/>, but ends the test as skipped when the data is not there.</summary>
    public static string Require(string relative)
    {
        var path = Find(relative);
        Assert.SkipWhen(path is null, $"{relative} is not in {Folder}; set PAWL_SHARED_DATA to the folder that holds it.");
        return path;
    }
}
