using System.Text;
using System.Text.Json;
using Pawl.Changes;
using Pawl.Forges;

namespace Pawl.Cli.Changes;

/// <summary>An issue as a person names it: a file, <c>-</c> for standard input, or an address at a forge.</summary>
internal static class IssueSource
{
    /// <summary>Reads it.</summary>
    public static async Task<StoredIssue> ReadAsync(string given, JsonElement? forge, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IssueAddress.TryParse(given, out var address))
        {
            var configured = forge is { } settings ? ForgeSettings.Read(settings, Environment.GetEnvironmentVariable, time) : null;
            var issue = await address.Forge(configured, time).ReadIssueAsync(address.Number, cancellationToken);
            if (issue.IsClosed) Terminal.Error($"pawl: the issue {address} is closed.");
            return Stored(IssueText.Read(issue.Body.Length > 0 ? issue.Body : issue.Title, address.ToString(), issue.Title), issue.Number);
        }

        if (Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            throw new BadInputException($"{given} is no address of an issue. One reads https://github.com/OWNER/NAME/issues/12, or likewise at GitLab, Gitea or Forgejo.");
        return Stored(IssueText.Read(await TextAsync(given, cancellationToken), given == "-" ? "standard input" : Path.GetFileName(given)), null);
    }

    private static StoredIssue Stored(IssueText issue, long? number) => new(issue.Title, issue.Body, issue.Source, issue.TakenOut, number);

    private static async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        if (path != "-")
        {
            if (Directory.Exists(path)) throw new BadInputException($"{path} is a folder, not an issue.");
            if (!File.Exists(path)) throw new BadInputException($"There is no file {path}. Name a file that holds the issue, its address at a forge, or - for standard input.");
        }

        await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        var buffer = new byte[Limits.IssueBytes + 1];
        var read = await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        if (read > Limits.IssueBytes) throw new BadInputException($"The issue {path} has more than the {Limits.IssueBytes / 1024} KiB that an issue may have. Name what matters, and link to the rest.");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer, 0, read).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"The issue {path} is not UTF-8 text.", e);
        }
    }
}
