using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// What the code of others leaves in a folder can make git and .NET fail there: names that are no text, folders too deep, what denies access or cannot be changed. That ends the attempt
/// or the check which left it, by name; a full disk and a fault of Pawl's own do not.
/// </summary>
internal static class Leftovers
{
    private const long FullBytes = 64L << 20;
    private const int WordsMax = 500;

    /// <summary>Whether what was left in a folder may be the cause of a failure there.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="folder">A folder of Pawl's own that others have worked in.</param>
    public static bool MayCause(Exception failure, string folder) =>
        failure is GitFailedException or ArgumentException or UnauthorizedAccessException || (failure is IOException or UnavailableException && HasSpace(Path.GetDirectoryName(folder)!));

    /// <summary>What a failure says, in one line; it may quote what was left.</summary>
    public static string Words(Exception failure) => ShortText.Start(PlainText.Of(failure.Message).ReplaceLineEndings(" "), WordsMax);

    // The disk is asked itself: a message may hold the name of a file, and that whatever it likes.
    private static bool HasSpace(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace >= FullBytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
