# guard.pm - what the guards share: where the tree is, reading files, stripping comments, and saying what is wrong.
package guard;
use strict;
use warnings;
use Exporter 'import';
use Cwd 'abs_path';
use File::Basename 'dirname';
use File::Find;
our @EXPORT = qw(tree files slurp code_of strings_of fault note finish);

my $tree = $ENV{SOURCE} // abs_path(dirname(__FILE__) . '/../..');
my ($name) = $0 =~ m{([^/]+)$};
my $faults = 0;
my $looked = 0;

sub tree { return $tree }

# The files under a folder of the tree whose paths match, relative to it, sorted.
sub files {
	my ($folder, $pattern) = @_;
	my @found;
	return () unless -d "$tree/$folder";
	find({ no_chdir => 1, wanted => sub {
		if (-d && m{/(?:node_modules|build|autom4te\.cache|\.git)$}) { $File::Find::prune = 1; return }
		push @found, substr($_, length($tree) + 1) if -f && $_ =~ $pattern;
	} }, "$tree/$folder");
	$looked += @found;
	return sort @found;
}

sub slurp {
	my ($file) = @_;
	open(my $in, '<', "$tree/$file") or die "$name: $tree/$file: $!\n";
	local $/;
	my $text = <$in>;
	close $in;
	return $text // '';
}

my $token = qr{ (?<comment> /\*.*?\*/ | //[^\n]* ) | (?<string> "(?:[^"\\\n]|\\.)*" ) | (?<char> '(?:[^'\\\n]|\\.)+' ) }xs;

# C without comments, strings and characters; lines keep their numbers.
sub code_of {
	my ($text) = @_;
	$text =~ s{$token}{
		my $all = $&;
		my $lines = "\n" x ($all =~ tr/\n//);
		defined $+{string} ? '""' : defined $+{char} ? "' '" : " $lines";
	}ge;
	return $text;
}

# The string literals of C, adjacent ones joined.
sub strings_of {
	my ($text) = @_;
	my @found;
	$text =~ s{^\s*#\s*include[^\n]*}{}gm;
	$text =~ s{(?<comment>/\*.*?\*/|//[^\n]*)|("(?:[^"\\\n]|\\.)*")}{defined $2 ? $2 : ' '}gse;
	while ($text =~ /((?:"(?:[^"\\\n]|\\.)*"\s*)+)/g) {
		push @found, join('', $1 =~ /"((?:[^"\\\n]|\\.)*)"/g);
	}
	return @found;
}

sub fault { $faults++; print "$name: @_\n" }
sub note { print "$name: note: @_\n" }

# A guard that looked at nothing guards nothing.
sub finish {
	fault("it found nothing to look at") unless $looked;
	print "$name: $looked files, ", ($faults ? "$faults faults" : 'no fault'), "\n";
	exit($faults ? 1 : 0);
}
1;
