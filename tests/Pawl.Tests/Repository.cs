namespace Pawl.Tests;

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["bin", "obj", ".git", ".dotnet", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Absolute path of the folder that holds Pawl.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>Files written by people below <paramref name="folder"/> (relative to the root), build output left out.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        var files = new List<string>();
        var pending = new Stack<string>([Path.Combine(Root, folder)]);
        while (pending.TryPop(out var current))
        {
            files.AddRange(Directory.EnumerateFiles(current, pattern));
            foreach (var child in Directory.EnumerateDirectories(current).Where(c => !NotOurs.Contains(Path.GetFileName(c))))
            {
                pending.Push(child);
            }
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pawl.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Pawl.slnx; run the tests from a clone of the repository.");
    }
}
