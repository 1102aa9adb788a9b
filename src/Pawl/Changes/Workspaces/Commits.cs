using System.Globalization;
using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>Writes commits whose ids depend on nothing but what is given.</summary>
internal sealed class Commits(OwnDirectory own)
{
    /// <summary>Writes a commit with an author and a committer of one moment, in the offset that it is given in.</summary>
    public async Task<string> WriteAsync(
        string tree, IReadOnlyList<string> parents, string message, GitIdentity author, GitIdentity committer, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (message.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A commit's message cannot hold NUL.", nameof(message));
        var date = string.Create(CultureInfo.InvariantCulture, $"@{at.ToUnixTimeSeconds()} {(at.Offset < TimeSpan.Zero ? '-' : '+')}{at.Offset:hhmm}");
        var call = own.Call(["commit-tree", "--no-gpg-sign", GitText.Id(tree), .. parents.SelectMany(parent => (string[])["-p", GitText.Id(parent)])]) with
        {
            Input = Encoding.UTF8.GetBytes(message.TrimEnd('\n') + "\n"),
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["GIT_AUTHOR_NAME"] = author.Name,
                ["GIT_AUTHOR_EMAIL"] = author.Email,
                ["GIT_AUTHOR_DATE"] = date,
                ["GIT_COMMITTER_NAME"] = committer.Name,
                ["GIT_COMMITTER_EMAIL"] = committer.Email,
                ["GIT_COMMITTER_DATE"] = date,
            },
        };
        return (await own.Git.RunAsync(call, cancellationToken).ConfigureAwait(false)).Text;
    }
}
