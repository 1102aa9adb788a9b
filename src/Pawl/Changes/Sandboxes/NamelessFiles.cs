using System.Globalization;

namespace Pawl.Changes.Sandboxes;

/// <summary>Files that were unlinked while a process holds them open: they fill the disk, and no folder shows them.</summary>
internal static class NamelessFiles
{
    /// <summary>The bytes that such files of the processes take up, each file once; 0 for those of a process that may not be looked into.</summary>
    public static long BytesOf(IEnumerable<int> processes) => processes.SelectMany(OpenFiles)
        .Select(file => FileFacts.Of(file, followsLink: true)).OfType<FileFacts>()
        .Where(facts => facts is { Names: 0, IsRegular: true }).DistinctBy(facts => facts.Place).Sum(facts => facts.Bytes);

    private static string[] OpenFiles(int process)
    {
        try
        {
            return Directory.GetFileSystemEntries(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
