package crmtest

import "strings"

const (
	english = iota
	german
	french
	italian
	spanish
	dutch
	swedish
	japanese
	polish
	turkish
	indian
	arabic
	cultures
)

// givens and families are invented people's names, by culture.
var givens = [cultures]string{
	english:  "Alice Amelia Arthur Audrey Beth Callum Charlotte Chloe Daisy Daniel Edith Edward Ellie Emma Ethan Florence Freya George Grace Hannah Harry Henry Isla Jack James Jessica Joshua Kate Liam Lily Lucy Mason Matilda Noah Oliver Olivia Owen Phoebe Rose Ruby Sam Sophie Thomas Toby Violet William Zoe",
	german:   "Anna Anton Barbara Ben Bettina Christian Claudia Clara David Dieter Elias Emilia Felix Franziska Fritz Greta Günter Hanna Heike Ida Jan Jonas Jörg Julia Jürgen Karin Katharina Klaus Lara Lena Leon Lukas Maja Marie Markus Mia Moritz Nele Nico Paul Petra Sabine Sophia Stefan Susanne Theo Thomas Uwe",
	french:   "Adèle Alice Antoine Aurélie Baptiste Camille Céline Chloé Clément Émilie Élodie Fabien François Gabriel Hélène Hugo Inès Jeanne Jérôme Jules Léa Léo Louise Lucas Lucie Maël Manon Margaux Mathilde Mathis Nathan Nicolas Noémie Pauline Pierre Quentin Raphaël Romain Sarah Sébastien Théo Zoé",
	italian:  "Alessandro Anna Beatrice Chiara Davide Elena Federica Francesco Gaia Giorgia Giulia Lorenzo Luca Marco Martina Matteo Paola Sara Simone Sofia Tommaso Valentina",
	spanish:  "Adrián Alba Alejandro Álvaro Ana Carlos Carmen Daniel Diego Elena Hugo Inés Javier Laura Lucía Manuel María Martina Mateo Noelia Pablo Sergio Sofía Tomás",
	dutch:    "Anouk Bas Bram Daan Eline Emma Femke Finn Fleur Iris Jasper Joost Lars Lieke Lotte Maud Niels Noor Pieter Roos Sanne Sem Sven Tess Wouter",
	swedish:  "Alva Anders Astrid Axel Ebba Elin Elsa Erik Filip Freja Gustav Ingrid Johan Karin Lars Linnéa Maja Nils Oskar Saga Sven Tove Viktor",
	japanese: "Aiko Akira Ayumi Daichi Emi Haruka Haruto Hinata Kaito Kenji Mei Misaki Naoki Ren Riku Sakura Shota Takumi Yui Yuto",
	polish:   "Agnieszka Aleksandra Andrzej Anna Jakub Jan Joanna Katarzyna Kacper Krzysztof Lena Magdalena Maja Marek Mateusz Michał Natalia Paweł Piotr Tomasz Zofia Zuzanna",
	turkish:  "Ahmet Aylin Ayşe Burak Can Cem Defne Deniz Elif Emine Emre Fatma Hakan Kemal Leyla Mehmet Merve Mustafa Selin Yasemin Zeynep",
	indian:   "Aarav Aditi Ananya Anil Arjun Deepa Divya Isha Kavya Kiran Meera Neha Nikhil Priya Rahul Rohan Sanjay Shreya Sunita Vikram",
	arabic:   "Ahmad Aisha Ali Amina Fatima Hassan Ibrahim Karim Khadija Layla Mariam Mohamed Nadia Omar Rania Samir Sami Tariq Yasmin Zainab",
}

var families = [cultures]string{
	english:  "Adams Armstrong Bailey Baker Barnes Bennett Brooks Carter Chapman Clarke Collins Cooper Davies Dixon Ellis Evans Fisher Foster Gibson Graham Green Griffiths Hall Harrison Hughes Hunt Jackson Johnson Jones Kelly Lewis Marshall Mason Miller Mitchell Moore Morgan Murphy Palmer Parker Pearson Reed Roberts Robinson Shaw Simpson Smith Stewart Taylor Turner Walker Ward Watson Webb Wilson Wood Wright Young",
	german:   "Albrecht Bauer Baumann Beck Becker Brandt Braun Dietrich Engel Fischer Frank Franke Friedrich Fuchs Graf Groß Haas Hahn Hartmann Hoffmann Huber Jäger Jung Kaiser Keller Klein Koch Köhler König Krämer Krause Krüger Kühn Lang Lehmann Lorenz Maier Meyer Möller Müller Neumann Peters Pohl Richter Roth Sauer Schäfer Schmidt Schmitz Schneider Schröder Schulz Schwarz Seidel Simon Sommer Stein Vogel Vogt Wagner Weber Weiß Werner Winkler Winter Wolf Zimmermann",
	french:   "Andre Bernard Bertrand Blanc Bonnet Boyer Chevalier Clément David Dubois Dufour Dumont Dupont Durand Faure Fontaine Fournier François Garnier Gauthier Gérard Girard Guérin Lambert Laurent Leclerc Lefèvre Legrand Lemaire Leroy Marchand Martin Masson Mercier Meunier Michel Moreau Morel Morin Noël Perrin Petit Renard Richard Robert Robin Rousseau Roux Simon Thomas Vidal Vincent",
	italian:  "Barbieri Bianchi Bruno Caruso Colombo Conti Costa De\u00a0Luca Esposito Ferrari Fontana Galli Gallo Giordano Greco Lombardi Mancini Marino Moretti Ricci Rinaldi Romano Rossi Russo",
	spanish:  "Alonso Álvarez Blanco Castro Delgado Díaz Domínguez Fernández García Gil Gómez González Gutiérrez Hernández Jiménez López Martín Moreno Muñoz Navarro Ortega Pérez Ramos Rodríguez Romero Ruiz Sánchez Serrano Torres Vázquez",
	dutch:    "Bakker Bos Brouwer De\u00a0Boer De\u00a0Groot De\u00a0Jong De\u00a0Vries Dekker Dijkstra Hendriks Jansen Janssen Kok Koster Kuiper Meijer Mulder Peters Postma Prins Smit Van\u00a0Dijk Van\u00a0Leeuwen Vermeer Visser Vos Willems",
	swedish:  "Ahlgren Andersson Berg Bergström Björk Dahl Ek Engström Eriksson Gustafsson Holm Johansson Karlsson Larsson Lind Lindqvist Lundgren Nilsson Norberg Nyström Sandberg Sjöberg Svensson Wallin Åberg Öberg",
	japanese: "Abe Fujita Hasegawa Hayashi Ito Kato Kimura Kobayashi Matsumoto Mori Nakamura Ogawa Okada Saito Sasaki Sato Suzuki Takahashi Tanaka Watanabe Yamada Yamamoto Yoshida",
	polish:   "Adamczyk Dąbrowski Duda Grabowski Jankowski Kaczmarek Kamiński Kowalczyk Kowalski Krawczyk Kwiatkowski Lewandowski Mazur Nowak Nowicki Pawlak Piotrowski Sikora Szymański Wiśniewski Wójcik Wróbel Zając Zieliński",
	turkish:  "Acar Arslan Aslan Aydın Bulut Çelik Çetin Demir Doğan Erdoğan Kaplan Kara Kaya Kılıç Koç Korkmaz Öztürk Polat Şahin Şimşek Tekin Yıldırım Yıldız Yılmaz",
	indian:   "Bhatt Chopra Das Desai Gupta Iyer Jain Joshi Kapoor Khanna Kulkarni Kumar Mehta Mishra Nair Patel Rao Reddy Shah Sharma Singh Verma",
	arabic:   "Abbas Ahmadi Amari Aziz Bakri Darwish Farouk Habib Haddad Hakim Hamdan Hariri Khalil Mansour Najjar Nasser Qasim Rahman Saleh Sayegh Shami Zidan",
}

// A name is as it is written, and as it goes into an address of mail.
type name struct{ text, mail string }

var folding = strings.NewReplacer(
	"\u00a0", "", "ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "å", "a", "é", "e", "è", "e", "ê", "e", "ë", "e",
	"á", "a", "à", "a", "í", "i", "ì", "i", "ï", "i", "ó", "o", "ò", "o", "ú", "u", "ù", "u", "ñ", "n", "ç", "c",
	"ł", "l", "ą", "a", "ę", "e", "ń", "n", "ś", "s", "ź", "z", "ż", "z", "ı", "i", "ğ", "g", "ş", "s", "ô", "o", "î", "i",
)

// fold splits a list of names.
func fold(list string) []name {
	words := strings.Split(list, " ")
	names := make([]name, len(words))
	for i, w := range words {
		names[i] = name{strings.ReplaceAll(w, "\u00a0", " "), folding.Replace(strings.ToLower(w))}
	}
	return names
}
